"""Low-rank adapters around a base network (LoRA, Hu et al. 2022), by PEFT."""

import warnings
from typing import Any


def adapted(network: Any, rank: int, alpha: int, dropout: float) -> Any:
    """`network` frozen, with an adapter of `rank` on each of its linear layers; itself if `rank` is 0.

    Args:
        network: a transformers model; a language model's output layer gets no adapter.
        rank: of the two matrices whose product is added to a layer's weights.
        alpha: the product is scaled by `alpha / rank`.
        dropout: of what goes into the adapters, in training.
    """
    if not rank:
        return network
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules="all-linear")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT's own, about a property of transformers
        return get_peft_model(network, config)


def merged(network: Any) -> Any:
    """The base network with its adapters' products added to its weights: the same outputs, none of PEFT."""
    return network.merge_and_unload() if hasattr(network, "merge_and_unload") else network
