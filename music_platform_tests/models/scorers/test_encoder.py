"""The scorer of an encoder: the answers of torch, in the order of the texts, from any thread, and without torch."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from music_platform.errors import InputError
from music_platform.models.encoders.export import export
from music_platform.models.encoders.finetune import Finetuned
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.scorers.encoder import EncoderScorer, micro_batches
from music_platform.models.scorers.predictor import Predictor
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.serving.wire.requests import TextRequest
from music_platform.storage.manifest import Reading
from music_platform_tests.support import tiny_models, tiny_rows
from music_platform_tests.support.manifests import manifest

WORDS = tiny_rows.WORDS[:10]
LABELS = ["World", "Sports", "Business"]
READING = {
    "single": False,
    "max_tokens": 8,
    "overlap": 0,
    "max_windows": 3,
    "scale": [2.0, 1.0, 0.5],
    "offset": [0.1, 0.0, -0.3],
}
TEXTS = [" ".join(WORDS[(i * j) % 10] for j in range(length)) for i, length in enumerate([5, 1, 0, 30, 6, 14, 2, 8])]


@pytest.fixture(scope="module")
def encoder(base: str) -> Finetuned:
    hyperparameters = EncoderHyperparameters(length=8, overlap=0, windows=3)
    return tiny_models.untrained(base, len(LABELS), hyperparameters)


@pytest.fixture(scope="module")
def artifact(encoder: Finetuned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact")
    export(encoder, folder)
    write_manifest(folder)
    return folder


def write_manifest(folder: Path, **changed: Any) -> None:
    content = manifest("topic", "encoder", labels=LABELS, thresholds=[0.0] * 3).content()
    (folder / "manifest.json").write_text(json.dumps(content | {"encoder": READING | changed}))


@pytest.fixture(scope="module")
def scorer(artifact: Path) -> EncoderScorer:
    return EncoderScorer.load(artifact, precision="f32")


@pytest.fixture
def changed(artifact: Path, tmp_path: Path) -> Callable[..., Path]:
    def copy(**reading: Any) -> Path:
        for name in ("encoder.xml", "encoder.bin", "tokenizer.json"):
            (tmp_path / name).write_bytes((artifact / name).read_bytes())
        write_manifest(tmp_path, **reading)
        return tmp_path

    return copy


def expected(encoder: Finetuned, text: str, step: int, windows: int) -> np.ndarray:
    """Logits by torch, window by window without padding."""
    import torch

    ids = tiny_models.tokenizer().encode(text, add_special_tokens=False).ids
    starts = range(0, max(len(ids) - (6 - step), 1), step)
    logits, weights = [], []
    for start in list(starts)[:windows]:
        window = torch.tensor([[2, *ids[start : start + 6], 3]])
        with torch.inference_mode():
            logits.append(encoder.model(window, torch.ones_like(window)).numpy()[0])
        weights.append(window.shape[1])
    return np.average(logits, axis=0, weights=weights)


def test_logits_are_those_of_torch_pooled_over_windows(scorer: EncoderScorer, encoder: Finetuned):
    logits = np.stack([expected(encoder, text, 6, 3) for text in TEXTS])
    assert np.ptp(logits, axis=0).min() > 0.1
    np.testing.assert_allclose(scorer.logits(TEXTS), logits, atol=1e-3)


def test_windows_overlap_as_the_manifest_says(encoder: Finetuned, changed: Callable[..., Path]):
    logits = EncoderScorer.load(changed(overlap=2, max_windows=9), precision="f32").logits(TEXTS)
    np.testing.assert_allclose(logits, [expected(encoder, text, 4, 9) for text in TEXTS], atol=1e-3)


def test_text_after_the_last_window_is_not_read(scorer: EncoderScorer):
    read = " ".join(WORDS[:6] * 3)
    one, other, less = scorer.logits([read, f"{read} rua noite", read.removesuffix(WORDS[5])])
    np.testing.assert_allclose(one, other, atol=1e-5)
    assert np.abs(one - less).max() > 1e-3


def test_scores_are_calibrated_probabilities(scorer: EncoderScorer, changed: Callable[..., Path]):
    calibrated = scorer.logits(TEXTS) * READING["scale"] + READING["offset"]
    np.testing.assert_allclose(scorer.scores(TEXTS), expit(calibrated), atol=1e-6)
    single = EncoderScorer.load(changed(single=True), precision="f32").scores(TEXTS)
    np.testing.assert_allclose(single, softmax(calibrated, axis=1), atol=1e-5)
    assert single.dtype == np.float32


def test_a_list_is_answered_in_its_order(scorer: EncoderScorer):
    many = TEXTS * 40
    singly = np.concatenate([scorer.scores([text]) for text in TEXTS])
    np.testing.assert_allclose(scorer.scores(many), np.tile(singly, (40, 1)), atol=1e-5)
    assert scorer.scores([]).shape == (0, len(LABELS))


def test_threads_get_their_own_answers(artifact: Path, scorer: EncoderScorer):
    asked = TEXTS * 25
    shared = EncoderScorer.load(artifact, "f32")
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda text: shared.scores([text])[0], asked))
    np.testing.assert_allclose(answers, scorer.scores(asked), atol=1e-5)


def test_a_failure_reaches_the_caller_and_the_next_call_is_answered(changed: Callable[..., Path]):
    scorer = EncoderScorer.load(changed(max_tokens=100), precision="f32")
    for _ in range(3):
        with pytest.raises(RuntimeError):
            scorer.scores([" ".join(WORDS * 9)])
    assert scorer.scores(["sol"]).shape == (1, 3)


class Gate:
    """A request that waits at its first call, and remembers how many windows each call has."""

    def __init__(self, request: Any) -> None:
        self.request, self.sizes = request, []
        self.entered, self.opened = threading.Event(), threading.Event()

    def infer(self, inputs: Any, **options: Any) -> Any:
        """As the request does, once the gate is open."""
        self.sizes.append(len(inputs["input_ids"]))
        self.entered.set()
        assert self.opened.wait(30)
        return self.request.infer(inputs, **options)


def behind_a_gate(scorer: EncoderScorer, texts: list[str]) -> tuple[Gate, list[Any]]:
    """Ask for each text from a thread of its own, all but the first while the first is computed."""
    gate = scorer._request = Gate(scorer._request)
    with ThreadPoolExecutor(len(texts)) as threads:
        first = threads.submit(scorer.scores, texts[:1])
        assert gate.entered.wait(30)
        rest = [threads.submit(scorer.scores, [text]) for text in texts[1:]]
        while len(scorer._waiting) < len(rest):
            assert not first.done()
        gate.opened.set()
    return gate, [first, *rest]


def test_texts_that_wait_are_computed_together(artifact: Path, scorer: EncoderScorer):
    asked = ["sol", *(f"mar {word}" for word in WORDS), "rua"]
    gate, answers = behind_a_gate(EncoderScorer.load(artifact, "f32"), asked)
    assert gate.sizes == [1, 1, 2, 8]
    np.testing.assert_allclose(np.concatenate([a.result() for a in answers]), scorer.scores(asked), atol=1e-5)


def test_nobody_fails_for_the_text_of_another(changed: Callable[..., Path]):
    asked = ["sol", "mar", " ".join(WORDS * 9), "rua"]
    _, answers = behind_a_gate(EncoderScorer.load(changed(max_tokens=100), "f32"), asked)
    failed = [answer.exception() is not None for answer in answers]
    assert failed == [False, False, True, False]


def test_the_precision_is_what_the_processor_multiplies(artifact: Path, scorer: EncoderScorer):
    chosen = EncoderScorer.load(artifact)
    assert (scorer.precision, chosen.precision in {"f32", "bf16"}) == ("f32", True)
    np.testing.assert_allclose(chosen.scores(TEXTS), scorer.scores(TEXTS), atol=0.03)


def test_a_manifest_names_the_precision_unless_the_caller_does(changed: Callable[..., Path], monkeypatch):
    asked = []

    def compiled(core: Any, model: Any, device: str, config: dict[str, Any]) -> Any:
        asked.append(config["INFERENCE_PRECISION_HINT"])
        raise InterruptedError

    monkeypatch.setattr("openvino.Core.compile_model", compiled)
    monkeypatch.setattr("openvino.Core.get_property", lambda *names: ["BF16"])
    folder = changed()
    for named, precision in ((None, None), ("bf16", None), ("f32", None), ("f32", "bf16"), ("bf16", "f32")):
        with pytest.raises(InterruptedError):
            EncoderScorer.of(folder, Reading.model_validate(READING | {"precision": named}), 3, precision)
    assert asked == ["bf16", "bf16", "f32", "bf16", "f32"]


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=60))
def test_micro_batches_hold_every_window_once_and_little_padding(lengths: list[int]):
    batches = micro_batches(lengths, tokens=64, call=8)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    padded = [max(lengths[i] for i in batch) for batch in batches]
    assert all(longest * len(batch) <= 64 for longest, batch in zip(padded, batches, strict=True))
    assert padded == sorted(padded)
    assert {len(batch) for batch in batches} <= {1, 2, 4, 8, 16, 32, 64}


def test_a_long_window_does_not_pad_short_ones():
    assert micro_batches([5, 128, 5, 5, 120]) == [[0], [2, 3], [4, 1]]
    assert micro_batches([128] * 20) == [list(range(8)), list(range(8, 16)), list(range(16, 20))]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scale": [1.0]}, "encoder.scale has 1 columns, expected one for each of 3 labels"),
        ({"max_tokens": 1}, "encoder.max_tokens: Input should be greater than 2"),
        ({"overlap": 6}, "encoder: Value error, overlap 6"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(changed: Callable[..., Path], changes: Any, said: str):
    with pytest.raises(InputError, match=said):
        EncoderScorer.load(changed(**changes))


@pytest.mark.parametrize("file", ["encoder.xml", "tokenizer.json"])
def test_a_broken_file_is_refused(changed: Callable[..., Path], file: str):
    folder = changed()
    (folder / file).write_text("{")
    with pytest.raises(InputError, match="the encoder can't be loaded"):
        EncoderScorer.load(folder)


def test_a_model_of_another_shape_is_refused(changed: Callable[..., Path]):
    folder = changed()
    network = folder / "encoder.xml"
    network.write_text(network.read_text().replace('"logits"', '"scores"'))
    with pytest.raises(InputError, match=r"expected \['attention_mask', 'input_ids', 'logits'\]"):
        EncoderScorer.load(folder)


def test_a_predictor_serves_it_and_loads_no_torch(artifact: Path):
    script = (
        "import sys; from pathlib import Path; from music_platform.models.scorers.predictor import Predictor;"
        f"decision = Predictor.load(Path({str(artifact)!r})).decide(['sol mar', 'rua']);"
        "print(decision.selected.sum(), *{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    answered, *loaded = done.stdout.split()
    assert answered == "2"
    assert not set(loaded) & {"torch", "transformers", "onnx", "dagster", "sklearn", "pandas"}
    assert Predictor.load(artifact).decide([]).scores.shape == (0, 3)


def test_a_bundle_carries_it_to_the_service(artifact: Path, tmp_path: Path):
    engine = Engine(write_bundle(tmp_path / "bundle", {"topic": artifact}))
    engine.warm()
    request = TextRequest.model_validate({"items": [{"text": "sol mar"}, {"text": "rua"}]})
    answer = engine.text("topic").answer(request, "trace")
    assert [len(item.labels) for item in answer.items] == [3, 3]
