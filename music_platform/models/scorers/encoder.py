"""The scorer of a fine-tuned encoder, which runs its exported network with OpenVINO.

An artifact holds `encoder.xml` and `encoder.bin` (int64 `input_ids` and `attention_mask`, both (b, s), to float
`logits`, (b, L)), `tokenizer.json`, and a manifest with `labels` and `encoder`: see `manifest.Reading`.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import openvino as ov
from tokenizers import Tokenizer

from music_platform.errors import InputError
from music_platform.models.scorers.scorer import probabilities
from music_platform.models.scorers.windows import padded, windowed, windows
from music_platform.storage.manifest import Manifest, Reading

Precision = Literal["bf16", "f32"]

_PORTS = {"input_ids", "attention_mask", "logits"}
_BATCH_TOKENS = 1024
"""Tokens of a micro-batch, padding included: larger ones leave the cache and are slower per text."""
_CALL_TOKENS = 32
"""What a call of the network costs by itself, as tokens that take as long."""
_STEP = 8
"""Windows are padded to a multiple of this many tokens, and a micro-batch holds a power of two of them. For every shape
that it has met OpenVINO keeps 1 to 2 MB (MiniLM), and its first call with a shape is slow."""


class EncoderScorer:
    """A compiled encoder, its tokenizer and its manifest's reading; several threads may call it at once.

    A text that comes alone has all cores to itself, unpadded. The texts that arrive meanwhile wait, and are then
    computed together, sorted by length into micro-batches. OpenVINO's own `AsyncInferQueue` computes waiting texts one
    by one, and after a failure it never calls back, so that a caller would wait forever.
    """

    def __init__(self, model: ov.CompiledModel, tokenizer: Tokenizer, reading: Reading, *, int8: bool) -> None:
        self._reading = reading
        self._tokenizer = windowed(tokenizer, reading.max_tokens, reading.overlap)
        self._request = model.create_infer_request()
        self._waiting: deque[_Asked] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="encoder")
        computes = str(model.get_property("INFERENCE_PRECISION_HINT").to_string())
        self.bf16 = computes == "bf16"
        """Whether the operations that are not in int8 are computed in bf16; else in f32."""
        self.precision = "int8" if int8 else computes
        """The precision that the model computes in: `bf16`, `f32` or `int8`."""

    @classmethod
    def load(cls, folder: Path, precision: Precision | None = None) -> "EncoderScorer":
        """Compile the encoder of an artifact folder.

        Args:
            folder: the artifact.
            precision: the precision to compute in; that of the manifest if missing.

        Raises:
            InputError: a file is missing, can't be read, or does not fit the others.
        """
        manifest = Manifest.read(folder)
        if manifest.encoder is None:
            raise InputError(f"{folder / 'manifest.json'}: encoder: is missing; run again to make the artifact anew")
        return cls.of(folder, manifest.encoder, len(manifest.labels), precision)

    @classmethod
    def of(
        cls, folder: Path, reading: Reading, labels: int, precision: Precision | None = None, threads: int = 0
    ) -> "EncoderScorer":
        """As `load`, of a folder without its manifest.

        Args:
            folder: the exported files.
            reading: the manifest's entry `encoder`.
            labels: the number of labels.
            precision: as `load`; where the manifest names none either, bf16 if the CPU multiplies it in hardware.
            threads: threads to compute on; as many as there are cores if 0.

        Raises:
            InputError: as `load`.
        """
        core = ov.Core()
        file = folder / "encoder.xml"
        try:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            model = core.read_model(file)
        except Exception as error:  # tokenizers and OpenVINO have no type of their own for a file they can't read
            raise InputError(
                f"{folder}: the encoder can't be loaded ({str(error).splitlines()[-1]}); run again to make it anew"
            ) from None
        _check(file, model, reading, labels)
        able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        wanted = precision or reading.precision
        config = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if able and wanted != "f32" else "f32",
            "INFERENCE_NUM_THREADS": threads,
        }
        int8 = any(operation.get_type_name() == "FakeQuantize" for operation in model.get_ops())
        return cls(core.compile_model(model, "CPU", config), tokenizer, reading, int8=int8)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`, which are cleaned as the training texts were."""
        logits = self.logits(texts) * np.array(self._reading.scale) + np.array(self._reading.offset)
        return probabilities(logits, single=self._reading.single)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Raw scores (n, L) float32: the mean over a text's windows, weighted by their tokens."""
        if not texts:
            return np.zeros((0, len(self._reading.scale)), np.float32)
        cut = windows(self._tokenizer, texts, self._reading.max_windows)
        owner = np.repeat(np.arange(len(texts)), [len(own) for own in cut])
        flat = [window for own in cut for window in own]
        weights = np.array([len(window) for window in flat], np.float32)
        pooled = np.zeros((len(texts), len(self._reading.scale)), np.float32)
        np.add.at(pooled, owner, self._run(flat) * weights[:, None])
        return pooled / np.bincount(owner, weights).astype(np.float32)[:, None]

    def _run(self, ids: list[list[int]]) -> np.ndarray:
        """Logits (w, L) of windows, computed together with those that wait with them."""
        asked = _Asked(ids)
        self._waiting.append(asked)
        self._thread.submit(self._answer_waiting)
        return asked.answer.result()

    def _answer_waiting(self) -> None:
        if asked := [self._waiting.popleft() for _ in range(len(self._waiting))]:
            self._answer(asked)

    def _answer(self, asked: list["_Asked"]) -> None:
        """Answer all of them at once; one by one if that fails, so that nobody fails for another's windows."""
        try:
            logits = self._infer([window for one in asked for window in one.ids])
        except Exception as error:
            if len(asked) == 1:
                asked[0].answer.set_exception(error)
            else:
                for one in asked:
                    self._answer([one])
            return
        for one, own in zip(asked, np.split(logits, np.cumsum([len(one.ids) for one in asked])[:-1]), strict=True):
            one.answer.set_result(own)

    def _infer(self, ids: Sequence[list[int]]) -> np.ndarray:
        """Logits (w, L) of windows, in micro-batches of windows of about the same length."""
        logits = np.empty((len(ids), len(self._reading.scale)), np.float32)
        widths = [min(-(-len(window) // _STEP) * _STEP, self._reading.max_tokens) for window in ids]
        for batch in micro_batches(widths):
            tokens, mask, _ = padded([[ids[i] for i in batch]], width=widths[batch[-1]])
            logits[batch] = self._request.infer({"input_ids": tokens, "attention_mask": mask}, share_inputs=True)[
                "logits"
            ]
        return logits


@dataclass(frozen=True, eq=False)
class _Asked:
    """Windows that wait for their logits."""

    ids: list[list[int]]
    answer: Future[np.ndarray] = field(default_factory=Future)


def micro_batches(lengths: Sequence[int], tokens: int = _BATCH_TOKENS, call: int = _CALL_TOKENS) -> list[list[int]]:
    """Indices of all `lengths`, shortest first, in groups that are computed at once, of 1, 2, 4, ... members.

    Padded to its longest a group has at most `tokens`, but for one that is longer by itself; and no member makes the
    others grow by more than `call` tokens, which is what another group costs.
    """
    batches: list[list[int]] = []
    for i in np.argsort(lengths, kind="stable").tolist():
        if batches:
            last, longer = batches[-1], lengths[i] - lengths[batches[-1][-1]]
            if (len(last) + 1) * lengths[i] <= tokens and len(last) * longer <= call:
                last.append(i)
                continue
        batches.append([i])
    return [part for batch in batches for part in _powers_of_two(batch)]


def _powers_of_two(batch: list[int]) -> list[list[int]]:
    """A batch in as few parts as there are ones in its size, written in binary."""
    sizes = [1 << bit for bit in range(len(batch).bit_length()) if len(batch) >> bit & 1]
    ends = np.cumsum(sizes)
    return [batch[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _check(file: Path, model: ov.Model, reading: Reading, labels: int) -> None:
    ports = {name for port in (*model.inputs, *model.outputs) for name in port.get_names()}
    if ports != _PORTS:
        raise InputError(f"{file}: has {sorted(ports)}, expected {sorted(_PORTS)}")
    widths = {
        file.name: model.output("logits").get_partial_shape()[1],
        "encoder.scale": len(reading.scale),
        "encoder.offset": len(reading.offset),
    }
    for what, width in widths.items():
        if width != labels:
            raise InputError(f"{file.parent}: {what} has {width} columns, expected one for each of {labels} labels")
