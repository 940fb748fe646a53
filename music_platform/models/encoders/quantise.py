"""Post-training quantisation of an exported encoder to int8, weights and activations, by NNCF."""

import io
import os
import tempfile
import warnings
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import openvino as ov

from music_platform.errors import InputError
from music_platform.models.encoders.export import MODEL
from music_platform.models.encoders.network import Windows
from music_platform.models.scorers.windows import padded

SAMPLE = 100
"""Texts that the ranges of activations are measured on."""


def check_available() -> None:
    """Check that NNCF is installed.

    Raises:
        InputError: it is not.
    """
    if find_spec("nncf") is None:
        raise InputError(
            "MUSIC_PLATFORM_PRECISION: int8 needs the package nncf; install it with "
            "uv pip install -c constraints.txt -e '.[int8]'"
        )


def quantise(folder: Path, texts: Windows) -> None:
    """Put the exported network in `folder` into int8.

    Args:
        folder: what `export.export` wrote.
        texts: windows of ids of texts that the network learned from; the first window of each is run.
    """
    os.environ.setdefault("NNCF_CI", "1")  # so that it sends no telemetry
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # its own, about libraries that it was not tested with
        import nncf

        def fed(windows: list[list[int]]) -> dict[str, np.ndarray]:
            ids, mask, _ = padded([windows[:1]])
            return {"input_ids": ids, "attention_mask": mask}

        network = nncf.quantize(
            ov.Core().read_model(folder / MODEL),
            nncf.Dataset(texts, fed),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(texts),
        )
    with tempfile.TemporaryDirectory(dir=folder) as staged:  # the old weights are still mapped
        ov.save_model(network, Path(staged) / MODEL, compress_to_fp16=False)
        for file in Path(staged).iterdir():
            file.replace(folder / file.name)
