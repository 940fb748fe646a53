"""Tiny randomly initialised networks with their tokenizers; the rows that they learn from are in `tiny_rows`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from music_platform.models.encoders import base_model, encoder_training
from music_platform.models.encoders.encoder_training import Recipe
from music_platform.models.encoders.finetune import Finetuned
from music_platform.models.encoders.network import Encoder
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.scorers.windows import windowed
from music_platform.storage.registry import Registry
from music_platform.tasks import CANDIDATES, TASKS
from music_platform_tests.support import tiny_rows
from music_platform_tests.support.tiny_rows import WORDS

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
HYPERPARAMETERS = EncoderHyperparameters(
    epochs=3, batch=16, length=32, body_lr=1e-2, head_lr=5e-2, validation=0.2, patience=9
)
"""With them an encoder learns `tiny_rows.songs` without an error."""
torch.set_num_threads(1)  # such small networks gain nothing by more, and give the same bits whatever else runs


def request(registry: Registry, task: str, candidate: str, /, **changed: Any) -> Request:
    """The request to train a candidate on tiny rows, an encoder in a second; checkpoints lie beside the registry."""
    learned = tiny_rows.utterances() if task == "intent" else tiny_rows.songs()
    asked = Request(registry, TASKS[task], candidate, learned, 600.0, registry.root.parent / "checkpoints")
    if CANDIDATES[candidate].module.startswith("encoders."):
        asked = replace(asked, hyperparameters=HYPERPARAMETERS)
    return replace(asked, **changed)


def tokenizer() -> Tokenizer:
    """One token per word of `WORDS`, between the special tokens of a BERT."""
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(SPECIAL + WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def base_folder(folder: Path, kind: str = "bert") -> Path:
    """A base model of one layer in `folder`: a BERT (as TinyBERT, BERT-Mini and MiniLM are) or a DistilBERT."""
    from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

    size = {"vocab_size": len(SPECIAL + WORDS), "max_position_embeddings": 64}
    with torch.random.fork_rng():
        torch.manual_seed(7)
        if kind == "bert":
            layers = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 32}
            network = BertModel(BertConfig(**size, **layers))
        else:
            layers = {"n_layers": 1, "n_heads": 2, "dim": 16, "hidden_dim": 32}
            network = DistilBertModel(DistilBertConfig(**size, **layers))
    network.save_pretrained(folder)
    special = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), SPECIAL, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer(), **special).save_pretrained(folder)
    return folder


def untrained(base: str, labels: int, hyperparameters: EncoderHyperparameters) -> Finetuned:
    """An encoder whose head was drawn at random, as if it had been fine-tuned; the same one each time."""
    loaded = base_model.load(base)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = Encoder(loaded.network, labels).eval()
    return Finetuned(
        model=network,
        tokenizer=windowed(loaded.tokenizer, hyperparameters.length, hyperparameters.overlap),
        hyperparameters=hyperparameters,
        history=(),
        best=0,
        stopped="epochs",
        base={"source": loaded.source, "sha256": loaded.sha256},
        pad=loaded.pad,
        longest=loaded.longest,
        seconds=0.0,
        cost={},
        progress={},
    )


def byte_tokenizer() -> Tokenizer:
    """One token per byte, after a token that opens the text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={"<s>": 0} | {letter: i + 1 for i, letter in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return made


def causal_folder(folder: Path, kind: str = "llama") -> Path:
    """A causal language model of 2 layers in `folder`: a Llama, or a Falcon with one head of keys as Falcon-7B has."""
    from transformers import FalconConfig, FalconForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    size = {"vocab_size": 257, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    size |= {"initializer_range": 0.5}  # so that its output layer, which is never trained, can tell tokens apart
    special = {"bos_token_id": 0, "eos_token_id": None, "pad_token_id": None}
    with torch.random.fork_rng():
        torch.manual_seed(7)
        if kind == "llama":
            config = LlamaConfig(**size, **special, num_key_value_heads=1, intermediate_size=32)
            network = LlamaForCausalLM(config)
        else:
            network = FalconForCausalLM(FalconConfig(**size, **special))
    network.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=byte_tokenizer(), bos_token="<s>").save_pretrained(folder)
    return folder


NOT_EXPORTED = Recipe(save=lambda finetuned, folder: None, exported=False)
"""Most of what a test trains is never served, and an export takes seconds."""


def trained(
    registry: Registry, base: str, task: str = "genre_pt", /, recipe: Recipe = NOT_EXPORTED, **changed: Any
) -> Made | None:
    """The encoder of a task, fine-tuned from `base`; without another recipe it is not exported."""
    chosen = replace(changed.pop("hyperparameters", HYPERPARAMETERS), base=base)
    return encoder_training.train(request(registry, task, "encoder", hyperparameters=chosen, **changed), recipe)
