"""Causal language models: label likelihoods, training by the one path, adapters on disk, never served."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from music_platform.models.candidates import CANDIDATES, Request
from peft import PeftModel
from tokenizers import decoders

from music_platform.errors import InputError
from music_platform.evaluation.assess import assess_text
from music_platform.models import linear_training as training
from music_platform.models.encoders import base_model, causal, causal_zero_shot
from music_platform.models.encoders.finetune import finetune
from music_platform.models.encoders.network import predict
from music_platform.models.encoders.start import Settings
from music_platform.models.predictions import Predictions
from music_platform.models.rows import TASKS, rows
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.scorers.windows import windows
from music_platform.storage.registry import Registry
from music_platform_tests.support import tiny_models

SETTINGS = Settings(
    epochs=3, batch=8, length=24, overlap=0, body_lr=2e-2, validation=0.2, patience=9, rank=8, adapter_dropout=0.0
)
TEXTS = ["add la vem sol", "clear", "a rua, de noite, na chuva e sem fim, e mais que cabe num texto"]
LABELS = ("add", "view", "other")
KINDS = pytest.mark.parametrize("kind", ["llama", "falcon"])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model(tmp_path, monkeypatch, request):
    folder = tiny_models.causal_folder(tmp_path / "model", getattr(request, "param", "llama"))
    monkeypatch.setenv("MUSIC_PLATFORM_CAUSAL_MODEL", str(folder))
    return folder


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
    call = partial(finetune, TASKS["intent"], learned, seen, SETTINGS, start=start, what="causal")
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
    begun = causal.start("intent", replace(SETTINGS, rank=0), learned.labels)
    cut = windows(begun.tokenizer, learned.texts.tolist(), 1)
    untrained = predict(begun.network, cut, begun.pad, exact=True)
    begun.network.base = PeftModel.from_pretrained(begun.network.base, tmp_path / "adapter")
    trained = predict(whole.model, cut, whole.pad, exact=True)
    np.testing.assert_allclose(predict(begun.network, cut, begun.pad, exact=True), trained, atol=1e-4)
    assert np.abs(untrained - trained).max() > 0.1


def test_it_is_compared_and_never_champion_nor_served(tmp_path, model):
    registry = Registry(tmp_path / "artifacts")
    asked = Request(registry, "intent", tiny_rows.utterances(120), 600.0, tmp_path / "checkpoints", settings=SETTINGS)
    linear, _ = training.train(replace(asked, settings=None))
    artifact, trained = causal.train(asked)
    untrained, scored = causal_zero_shot.train(asked)
    assert (trained, scored) == (True, True)
    assert causal.train(replace(asked, seconds=0.0)) == (artifact, False)
    assert causal_zero_shot.train(replace(asked, seconds=0.0)) == (untrained, False)
    first, second = (Predictions.load(a.path / "predictions.npz") for a in (artifact, untrained))
    assert np.array_equal(first.ids, second.ids)
    assert artifact.manifest["metrics"]["accuracy"] > 0.7 > untrained.manifest["metrics"]["accuracy"]

    names = ("linear", "causal", "causal_zero_shot")
    assessed = assess_text(registry, TASKS["intent"], names, tmp_path / "reports")
    assert assessed.metrics["unserved"] == ["causal", "causal_zero_shot"]
    assert registry.champion("intent") == linear
    assert (assessed.folder / "index.html").read_text("utf-8").count("(for comparison)") == 2
    registry.clear_current("intent", "linear")
    assert assess_text(registry, TASKS["intent"], names, tmp_path / "reports") is None
    with pytest.raises(InputError, match="kind 'causal' can't be served"):
        Predictor.load(artifact.path)


def test_without_a_model_it_says_what_to_set(tmp_path, monkeypatch):
    monkeypatch.delenv("MUSIC_PLATFORM_CAUSAL_MODEL", raising=False)
    with pytest.raises(InputError, match=r"MUSIC_PLATFORM_CAUSAL_MODEL is not set; give a folder.*falcon-7b"):
        base_model.load_causal()
    with pytest.raises(InputError, match="can't be loaded; give a folder or a Hub id"):
        base_model.load_causal(str(tmp_path))


def test_what_needs_it_is_not_served():
    assert {name for name, one in CANDIDATES.items() if one.setting} == {"causal", "causal_zero_shot"}
    assert not any(one.served for one in CANDIDATES.values() if one.setting)
