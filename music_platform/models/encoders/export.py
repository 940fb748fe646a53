"""The export of a fine-tuned encoder to files that its scorer reads without torch: OpenVINO's network, tokenizer."""

import copy
import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import torch

from music_platform.models.encoders.adapter import merged
from music_platform.models.encoders.finetune import Finetuned
from music_platform.storage.manifest import Reading

MODEL, TOKENIZER = "encoder.xml", "tokenizer.json"


def export(finetuned: Finetuned, folder: Path) -> None:
    """Write the network and `tokenizer.json`, which cuts windows as in training, into `folder`.

    Adapters are merged into the weights that they adapt. By way of ONNX to OpenVINO's own form, `encoder.xml` and
    `encoder.bin`, with weights in float16: half the size, mapped rather than read, so it loads several times as fast
    and takes 85 of 230 MB less while it serves (MiniLM in bf16).

    The graph maps `input_ids` and `attention_mask`, (windows, tokens) int64 of any size, to `logits`,
    (windows, labels) float32; those of texts are pooled from them, as `reading` and `encoder.pool` say.
    """
    model: Any = copy.deepcopy(finetuned.model).cpu().float().eval()
    model.base = merged(model.base)
    ids = torch.ones(2, 8, dtype=torch.int64)
    sizes = {0: torch.export.Dim("windows"), 1: torch.export.Dim("tokens", max=finetuned.longest)}
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)  # "no torchvision"
    with tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its inner workings
        exchanged = Path(temporary) / "encoder.onnx"
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            exchanged,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_shapes={"input_ids": sizes, "attention_mask": sizes},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        ov.save_model(ov.Core().read_model(exchanged), folder / MODEL, compress_to_fp16=True)
    finetuned.tokenizer.save(str(folder / TOKENIZER))


def reading(finetuned: Finetuned, scale: np.ndarray, offset: np.ndarray, *, single: bool) -> Reading:
    """The manifest's entry `encoder`; see `manifest.Reading`.

    Args:
        finetuned: the encoder.
        scale: (L,) and
        offset: (L,), of `crossfit.calibration`: scores are those of `scale * logits + offset`.
        single: whether scores are a softmax over the labels; else a sigmoid per label.
    """
    cut: dict[str, Any] = finetuned.tokenizer.truncation or {}
    return Reading(
        single=single,
        max_tokens=cut["max_length"],
        overlap=cut["stride"],
        max_windows=finetuned.hyperparameters.windows,
        scale=np.asarray(scale, float).tolist(),
        offset=np.asarray(offset, float).tolist(),
    )
