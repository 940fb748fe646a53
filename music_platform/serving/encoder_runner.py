"""The CPU runner of a fine-tuned encoder: `tokenizers` and OpenVINO. Trains nothing, exports nothing, no torch.

An artifact folder holds `encoder.onnx` (int64 `input_ids` and `attention_mask`, both (b, s), to float `logits`,
(b, L)), `tokenizer.json`, and `manifest.json` with `labels` and an entry `encoder`: see `Reading`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, Self

import numpy as np
import openvino as ov
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy.special import expit, softmax
from tokenizers import Tokenizer

from music_platform.errors import InputError
from music_platform.models.windows import padded, windowed, windows
from music_platform.serving.predictors import read_json

_PORTS = {"input_ids", "attention_mask", "logits"}
_BATCH_TOKENS = 1024
"""Tokens of a micro-batch, padding included: larger ones leave the cache and are slower per text."""


class Reading(BaseModel):
    """How a text becomes windows of tokens, and their logits become its scores."""

    model_config = ConfigDict(frozen=True)

    single: bool
    """Whether scores are a softmax over the labels; else a sigmoid per label."""
    max_tokens: int = Field(gt=2)
    """Tokens of a window, special ones included."""
    overlap: int = Field(default=0, ge=0)
    """Tokens that a window shares with the one before it."""
    max_windows: int = Field(ge=1)
    """Windows read of a text, from its beginning."""
    scale: list[float]
    """Calibration, L: scores are those of `scale * logits + offset`."""
    offset: list[float]

    @model_validator(mode="after")
    def _windows_advance(self) -> Self:
        if self.overlap >= self.max_tokens - 2:
            raise ValueError(f"overlap {self.overlap} leaves no new token in a window of {self.max_tokens}")
        return self


class EncoderRunner:
    """A compiled encoder, its tokenizer and how to read with them; safe to call from several threads.

    Requests wait their turn in a pool with one thread per OpenVINO request. OpenVINO's own `AsyncInferQueue` never
    calls back after a failure: who waits would wait forever.
    """

    def __init__(self, model: ov.CompiledModel, tokenizer: Tokenizer, reading: Reading) -> None:
        self._reading = reading
        self._tokenizer = windowed(tokenizer, reading.max_tokens, reading.overlap)
        requests = model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(requests):
            self._idle.put(model.create_infer_request())
        self._threads = ThreadPoolExecutor(requests, thread_name_prefix="encoder")
        self.precision = str(model.get_property("INFERENCE_PRECISION_HINT").to_string())
        """What the model computes in: `bf16` or `f32`."""

    @classmethod
    def load(
        cls,
        folder: Path,
        hint: Literal["LATENCY", "THROUGHPUT"] = "LATENCY",
        precision: Literal["bf16", "f32"] | None = None,
    ) -> "EncoderRunner":
        """Compile the encoder of an artifact folder.

        Args:
            folder: the artifact.
            hint: all cores on one request at a time, or several requests with fewer cores each.
            precision: what to compute in; bf16 where the CPU multiplies it in hardware, else f32, if missing.

        Raises:
            InputError: a file is missing, can't be read, or does not fit the others.
        """
        manifest = read_json(folder / "manifest.json")
        core = ov.Core()
        try:
            reading = Reading.model_validate(manifest.get("encoder"))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            model = core.read_model(folder / "encoder.onnx")
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, ("encoder", *first["loc"])))
            raise InputError(f"{folder / 'manifest.json'}: {field}: {first['msg']}") from None
        except Exception as error:  # tokenizers and OpenVINO have no type of their own for a file they can't read
            raise InputError(f"{folder}: no encoder can be loaded ({str(error).splitlines()[-1]})") from None
        _check(folder, model, reading, len(manifest["labels"]))
        precision = precision or ("bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32")
        config = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": precision}
        return cls(core.compile_model(model, "CPU", config), tokenizer, reading)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`, which are cleaned as the training texts were."""
        logits = self.logits(texts) * np.array(self._reading.scale) + np.array(self._reading.offset)
        return (softmax(logits, axis=1) if self._reading.single else expit(logits)).astype(np.float32)

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

    def _run(self, ids: Sequence[list[int]]) -> np.ndarray:
        """Logits (w, L) of windows, computed in micro-batches of windows of about the same length."""
        batches = micro_batches([len(window) for window in ids], _BATCH_TOKENS)
        found = list(self._threads.map(self._infer, [[ids[i] for i in batch] for batch in batches]))
        logits = np.empty((len(ids), found[0].shape[1]), np.float32)
        logits[np.concatenate(batches)] = np.concatenate(found)
        return logits

    def _infer(self, batch: list[list[int]]) -> np.ndarray:
        ids, mask, _ = padded([batch])
        request = self._idle.get()
        try:
            logits: np.ndarray = request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)["logits"]
        finally:
            self._idle.put(request)
        return logits


def micro_batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Indices of all `lengths`, shortest first, in groups that padded to their longest have at most `tokens`.

    One that is longer than that is a group of its own.
    """
    batches: list[list[int]] = []
    for i in np.argsort(lengths, kind="stable").tolist():
        if batches and (len(batches[-1]) + 1) * lengths[i] <= tokens:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


def _check(folder: Path, model: ov.Model, reading: Reading, labels: int) -> None:
    ports = {name for port in (*model.inputs, *model.outputs) for name in port.get_names()}
    if ports != _PORTS:
        raise InputError(f"{folder / 'encoder.onnx'}: has {sorted(ports)}, expected {sorted(_PORTS)}")
    widths = {
        "encoder.onnx": model.output("logits").get_partial_shape()[1],
        "encoder.scale": len(reading.scale),
        "encoder.offset": len(reading.offset),
    }
    for what, width in widths.items():
        if width != labels:
            raise InputError(f"{folder}: {what} has {width} columns, expected one for each of {labels} labels")
