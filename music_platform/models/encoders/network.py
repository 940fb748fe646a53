"""The network: a base encoder, the mean of its token vectors, and a linear head; how it is computed, and on what.

Training is in `finetune`.
"""

from typing import Any

import numpy as np
import torch
from torch import nn

from music_platform.models.scorers.windows import padded

Windows = list[list[list[int]]]
"""Token ids of the windows of texts; see `windows.windows`."""

_AT_ONCE = 32


class Network(nn.Module):
    """What can be fine-tuned: it maps (W, T) ids and mask to (W, L) logits."""

    base: Any
    """The part that was trained before, or adapters around it."""
    head: nn.Module
    """The part that was not; it learns at a rate of its own."""
    labels: int
    """L."""


class Encoder(Network):
    """Logits of windows of tokens; the logits of a text are the mean over its windows' (`pool`).

    Mean pooling over the tokens as in Sentence-BERT (Reimers and Gurevych 2019), which the default base was
    trained with.
    """

    def __init__(self, base: Any, labels: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.labels = labels
        self.base = base
        self.dropout = nn.Dropout(dropout)
        self.head: nn.Module = nn.Linear(base.config.hidden_size, labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(W, L) logits of windows given as (W, T) ids and mask."""
        tokens = self.base(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weight = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)
        return self.head(self.dropout(mean))


def pool(logits: torch.Tensor, owner: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """(n, L) logits of texts: the mean of their windows' logits, (W, L), weighted by the windows' tokens.

    Args:
        logits: (W, L).
        owner: (W,) int64, the position of a window's text, rising from 0.
        tokens: (W,) how many tokens a window has.
    """
    texts, weight = int(owner[-1]) + 1, tokens.to(logits.dtype).unsqueeze(1)
    total = logits.new_zeros(texts, logits.shape[1]).index_add(0, owner, logits * weight)
    return total / weight.new_zeros(texts, 1).index_add(0, owner, weight)


def forward(network: Network, texts: Windows, pad: int) -> torch.Tensor:
    """(n, L) logits of texts given as windows of ids; `pad` is the id that fills up shorter ones."""
    ids, mask, owner = (torch.from_numpy(x).to(device()) for x in padded(texts, pad))
    return pool(network(ids, mask).float(), owner, mask.sum(dim=1))


def predict(network: Network, texts: Windows, pad: int, *, exact: bool = False) -> np.ndarray:
    """(n, L) float32 logits, computed in batches of similar length; all in float32 if `exact`."""
    network.eval()
    logits = np.zeros((len(texts), network.labels), np.float32)
    order = np.argsort([-max(map(len, text)) for text in texts], kind="stable")
    for start in range(0, len(order), _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        with torch.inference_mode(), autocast(enabled=not exact):
            logits[part] = forward(network, [texts[i] for i in part], pad).cpu().numpy()
    return logits


def device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(*, enabled: bool = True) -> torch.autocast:
    """Mixed precision: float16 on a GPU, bfloat16 on a CPU that computes in it, float32 on another."""
    if device().type == "cuda":
        return torch.autocast("cuda", torch.float16, enabled=enabled)
    able = torch.cpu.get_capabilities()
    bfloat16 = bool(able.get("amx_bf16") or able.get("avx512_bf16"))
    return torch.autocast("cpu", torch.bfloat16, enabled=enabled and bfloat16)
