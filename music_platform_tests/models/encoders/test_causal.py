"""Causal language models: label likelihoods, training by the one path, adapters on disk, never served."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from peft import PeftModel
from tokenizers import decoders

from music_platform.errors import InputError
from music_platform.evaluation.classification import evaluate_artifacts
from music_platform.evaluation.evidence import gather
from music_platform.models import training
from music_platform.models.encoders import base_model, causal
from music_platform.models.encoders.finetune import finetune
from music_platform.models.encoders.network import predict
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.making import Made
from music_platform.models.predictions import HELD_OUT_FILE, Predictions
from music_platform.models.rows import rows
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.windows import windows
from music_platform.storage.registry import Registry
from music_platform.tasks import CANDIDATES, TASKS
from music_platform_tests.support import tiny_models, tiny_rows

HYPERPARAMETERS = EncoderHyperparameters(
    epochs=3, batch=8, length=24, overlap=0, body_lr=2e-2, validation=0.2, patience=9, rank=8, adapter_dropout=0.0
)
TEXTS = ["add la vem sol", "clear", "a rua, de noite, na chuva e sem fim, e mais que cabe num texto"]
LABELS = ("add", "view", "other")
KINDS = pytest.mark.parametrize("kind", ["llama", "falcon"])


@pytest.fixture
def model(tmp_path, request) -> str:
    return str(tiny_models.causal_folder(tmp_path / "model", getattr(request, "param", "llama")))


def likelihood(network, prompt: list[int], answer: list[int]) -> float:
    """The slow way: the whole sequence at once, one by one."""
    with torch.inference_mode():
        logits = network(torch.tensor([prompt + answer])).logits[0].log_softmax(dim=-1)
    return sum(logits[len(prompt) + i - 1, token].item() for i, token in enumerate(answer))


@KINDS
@pytest.mark.parametrize("answers", [[[70], [80]], [[70, 71, 72], [80], [90, 91]]])
def test_a_logit_is_the_log_likelihood_of_the_answer(tmp_path, kind, answers):
    base = base_model.load_causal(str(tiny_models.causal_folder(tmp_path, kind)))
    prompts = [[0, 5, 9, 33], [0, 7], [0, *range(20, 40)]]
    logits = predict(causal.Likelihood(base.network, answers), [[prompt] for prompt in prompts], base.pad, exact=True)
    slow = [[likelihood(base.network, prompt, answer) for answer in answers] for prompt in prompts]
    np.testing.assert_allclose(logits, slow, atol=1e-4)


def test_the_prompt_lies_around_the_text_which_alone_is_cut():
    tokenizer = tiny_models.byte_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    asking = causal.prompted(tokenizer, "Say: {text} Answer:", 10)
    read = [tokenizer.decode(text[0][1:]) for text in windows(asking, TEXTS, 1)]
    assert read == ["Say: add la vem Answer:", "Say: clear Answer:", "Say: a rua, de  Answer:"]
    assert [text[0][0] for text in windows(asking, TEXTS, 1)] == [0, 0, 0]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # PEFT's own, at loading
@pytest.mark.parametrize("model", ["llama", "falcon"], indirect=True)
def test_it_learns_resumes_and_is_saved_as_adapters(tmp_path, model):
    learned = rows(TASKS["intent"], tiny_rows.utterances(100))
    seen = np.arange(40)
    start = partial(causal.start, "intent")
    chosen = replace(HYPERPARAMETERS, base=model)
    call = partial(finetune, TASKS["intent"], learned, seen, chosen, start=start, what="causal")
    whole = call(checkpoint=tmp_path / "whole.pt")
    assert whole.history[-1].loss < whole.history[0].loss / 2
    assert whole.cost["trained"] < whole.cost["parameters"] / 2
    call(checkpoint=tmp_path / "cut.pt", budget=1e-9)
    assert call(checkpoint=tmp_path / "cut.pt").history == whole.history

    causal.save(whole, tmp_path)
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    begun = causal.start("intent", replace(chosen, rank=0), learned.labels)
    cut = windows(begun.tokenizer, learned.texts.tolist(), 1)
    untrained = predict(begun.network, cut, begun.pad, exact=True)
    begun.network.base = PeftModel.from_pretrained(begun.network.base, tmp_path / "adapter")
    trained = predict(whole.model, cut, whole.pad, exact=True)
    np.testing.assert_allclose(predict(begun.network, cut, begun.pad, exact=True), trained, atol=1e-4)
    assert np.abs(untrained - trained).max() > 0.1


def test_it_is_compared_and_never_champion_nor_served(tmp_path, model):
    registry = Registry(tmp_path / "artifacts")

    def train(candidate, **changed):
        table = tiny_rows.utterances(120)
        asked = tiny_models.request(registry, "intent", candidate, table=table, causal_model=model)
        chosen = {} if candidate == "linear" else {"hyperparameters": HYPERPARAMETERS}
        return training.train(replace(asked, **chosen, **changed))

    linear, trained, untrained = (train(name) for name in ("linear", "causal", "causal_zero_shot"))
    assert (trained.is_new, untrained.is_new) == (True, True)
    assert train("causal", seconds=0.0) == Made(trained.artifact, is_new=False)
    assert train("causal_zero_shot", seconds=0.0) == Made(untrained.artifact, is_new=False)
    first, second = (Predictions.load(made.artifact.path / HELD_OUT_FILE) for made in (trained, untrained))
    assert np.array_equal(first.ids, second.ids)
    accuracy = [made.artifact.manifest.metrics["accuracy"] for made in (trained, untrained)]
    assert accuracy[0] > 0.7 > accuracy[1]
    assert trained.artifact.manifest.base.source == model

    report = evaluate_artifacts(gather(registry, TASKS["intent"], lambda: None))
    assert set(report["unserved"]) == {"causal", "causal_zero_shot"}
    assert report["champion"] == linear.artifact.manifest.candidate == "linear"
    with pytest.raises(InputError, match="no scorer reads artifacts of kind 'causal'"):
        Predictor.load(trained.artifact.path)


def test_without_a_model_it_says_what_to_set(tmp_path):
    with pytest.raises(InputError, match=r"set MUSIC_PLATFORM_CAUSAL_MODEL to a folder.*falcon-7b"):
        base_model.load_causal("")
    with pytest.raises(InputError, match="can't be loaded; give a folder or a Hub id"):
        base_model.load_causal(str(tmp_path))
    asked = tiny_models.request(Registry(tmp_path / "artifacts"), "intent", "causal", hyperparameters=HYPERPARAMETERS)
    with pytest.raises(InputError, match="no causal language model is named"):
        training.train(asked)


def test_candidates_that_need_a_causal_model_are_not_served():
    assert {name for name, one in CANDIDATES.items() if one.setting} == {"causal", "causal_zero_shot"}
    assert not any(one.is_served for one in CANDIDATES.values() if one.setting)
