"""Tiny randomly initialised networks and invented rows, for tests of what trains on them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    FalconConfig,
    FalconForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from music_platform.models.encoders import base_model
from music_platform.models.encoders.finetune import Finetuned
from music_platform.models.encoders.network import Encoder
from music_platform.models.encoders.start import Settings
from music_platform.models.rows import Rows
from music_platform.models.scorers.windows import windowed

WORDS = ["la", "vem", "sol", "mar", "rua", "noite", "dança", "hey", "yeah", "beat", "flow", "road", "blue", "rain"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(SPECIAL + WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def base_folder(folder: Path, kind: str = "bert") -> Path:
    """A base model of 2 layers in `folder`: a BERT (as TinyBERT, BERT-Mini and MiniLM are) or a DistilBERT."""
    import torch

    size = len(SPECIAL + WORDS)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        if kind == "bert":
            layers = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16, "intermediate_size": 32}
            network = BertModel(BertConfig(vocab_size=size, max_position_embeddings=64, **layers))
        else:
            layers = {"n_layers": 2, "n_heads": 2, "dim": 16, "hidden_dim": 32}
            network = DistilBertModel(DistilBertConfig(vocab_size=size, max_position_embeddings=64, **layers))
    network.save_pretrained(folder)
    special = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), SPECIAL, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer(), **special).save_pretrained(folder)
    return folder


def untrained(base: str, labels: int, settings: Settings) -> Finetuned:
    """An encoder whose head was drawn at random, as if it had been fine-tuned; the same one each time."""
    import torch

    loaded = base_model.load(base)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = Encoder(loaded.network, labels).eval()
    return Finetuned(
        model=network,
        tokenizer=windowed(loaded.tokenizer, settings.length, settings.overlap),
        settings=settings,
        history=(),
        best=0,
        stopped="epochs",
        base={"source": loaded.source, "sha256": loaded.sha256},
        pad=loaded.pad,
        longest=loaded.longest,
        seconds=0.0,
        cost={},
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
    import torch

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


def utterances(n: int = 160) -> pa.Table:
    """Requests of two intents, each in words of its own half of the vocabulary."""
    rng = np.random.default_rng(5)
    half = len(WORDS) // 2
    label = rng.integers(0, 2, n)
    words = [rng.integers(0, half, 6) + half * which for which in label]
    return pa.table(
        {
            "row_id": [f"row {i:04}" for i in range(n)],
            "template": [f"template {i // 2}" for i in range(n)],
            "lang": ["en"] * n,
            "source": [f"source {i % 3 // 2}" for i in range(n)],
            "text": [" ".join(WORDS[i] for i in chosen) for chosen in words],
            "intent": [["add", "clear"][i] for i in label],
        }
    )


def rows(*, single: bool, n: int = 48, longest: int = 30) -> Rows:
    """Texts whose first half of the vocabulary speaks for the first label, and cells of which some are unknown."""
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, n)
    half = len(WORDS) // 2
    texts = [
        " ".join(WORDS[i] for i in rng.integers(0, half, rng.integers(4, longest)) + half * which) for which in label
    ]
    truth = np.eye(2, dtype=bool)[label]
    known = np.ones_like(truth)
    if not single:
        known[::7, 1] = False
    return Rows(
        labels=("sunny", "blue"),
        ids=np.array([f"row {i}" for i in range(n)]),
        texts=np.array(texts, object),
        units=np.array([f"unit {i // 2}" for i in range(n)]),
        groups=np.full(n, "en"),
        sources=np.full(n, ""),
        truth=truth & known,
        known=known,
        weights=np.ones(n, int),
        judged=np.ones(n, bool),
        languages={},
        left_out={},
        dropped={},
    )
