"""The candidate `causal`: a causal language model with LoRA adapters that scores labels by their likelihood.

The prompt, and the answer that stands for each label, lie in the data file beside this module. A label's logit is the
log-likelihood of its answer after the prompt, summed over its tokens: no text is generated. Training is that of every
fine-tuned candidate. No scorer reads such models, which are too large for the CPU of a service.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, processors
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from music_platform.models.encoders import base_model
from music_platform.models.encoders.adapter import adapted
from music_platform.models.encoders.encoder_training import Recipe
from music_platform.models.encoders.encoder_training import train as train_by
from music_platform.models.encoders.finetune import Finetuned
from music_platform.models.encoders.network import Network
from music_platform.models.encoders.start import EncoderHyperparameters, Start
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.scorers.windows import windowed


def train(request: Request) -> Made | None:
    """As `encoder_training.train`, of the causal language model that the request names."""
    code = tuple(f"{__name__}:{name}" for name in ("start", "save"))
    recipe = Recipe(
        "causal", partial(start, request.task.name), save, base_model.causal_identity, exported=False, code=code
    )
    return train_by(request, recipe)


def start(task: str, hyperparameters: EncoderHyperparameters, labels: Sequence[str]) -> Start:
    """A causal language model, with adapters if a rank is named, that is asked for the labels of a task.

    Raises:
        InputError: the model can't be loaded, or none is named.
    """
    base = base_model.load_causal(hyperparameters.base)
    asked = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))[task]
    cutter = prompted(base.tokenizer, asked["prompt"], hyperparameters.length)
    answers = [base.tokenizer.encode(asked["answers"][label], add_special_tokens=False).ids for label in labels]
    network = adapted(base.network, hyperparameters.rank, hyperparameters.alpha, hyperparameters.adapter_dropout)
    source = {"source": base.source, "sha256": base.sha256}
    return Start(Likelihood(network, answers), cutter, base.pad, base.longest, source)


def prompted(tokenizer: Tokenizer, prompt: str, length: int) -> Tokenizer:
    """A copy that puts `prompt` around the first `length` tokens of a text, in place of its `{text}`."""
    before, after = prompt.split("{text}")
    around = {
        "BEFORE": tokenizer.encode(before),
        "AFTER": tokenizer.encode(after, add_special_tokens=False),
    }
    asking = Tokenizer.from_str(tokenizer.to_str())
    special = [{"id": name, "ids": part.ids, "tokens": part.tokens} for name, part in around.items()]
    asking.post_processor = processors.TemplateProcessing(single="BEFORE $A AFTER", special_tokens=special)
    return windowed(asking, length + sum(len(part) for part in around.values()), 0)


class Likelihood(Network):
    """Logits of prompts: for each label the log-likelihood of its answer's tokens after the prompt, summed."""

    answers: torch.Tensor
    """(L, V) ids, and which of them are there."""
    real: torch.Tensor

    def __init__(self, base: Any, answers: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.base, self.head, self.labels = base, nn.Identity(), len(answers)
        ids = pad_sequence([torch.tensor(answer) for answer in answers], batch_first=True, padding_value=-1)
        self.register_buffer("answers", ids.clamp(min=0), persistent=False)
        self.register_buffer("real", ids >= 0, persistent=False)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """(W, L) logits of prompts given as (W, T) ids and mask, padded at the right.

        A prompt is read once; the answers go on from what the model keeps of it.
        """
        ids, mask = _padded_at_the_left(input_ids, attention_mask)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        longer = self.answers.shape[1] > 1
        read = self.base(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=longer, logits_to_keep=1)
        first = read.logits[:, -1].float().log_softmax(dim=-1)[:, self.answers[:, 0]]
        if not longer:
            return first
        prompts, kept = len(ids), read.past_key_values
        kept.batch_repeat_interleave(self.labels)
        said, following = (part.repeat(prompts, 1) for part in (self.answers[:, :-1], self.answers[:, 1:]))
        real = self.real[:, 1:].repeat(prompts, 1)
        seen = torch.cat([mask.repeat_interleave(self.labels, dim=0), torch.ones_like(said)], dim=1)
        places = (
            positions[:, -1:].repeat_interleave(self.labels, dim=0)
            + 1
            + torch.arange(said.shape[1], device=said.device)
        )
        rest = self.base(input_ids=said, attention_mask=seen, position_ids=places, past_key_values=kept, use_cache=True)
        each = rest.logits.float().log_softmax(dim=-1).gather(2, following.unsqueeze(2)).squeeze(2)
        return first + (each * real).sum(dim=1).view(prompts, self.labels)


def _padded_at_the_left(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same (W, T) ids and mask, rolled so that every row ends with a token."""
    width = ids.shape[1]
    place = (torch.arange(width, device=ids.device) + mask.sum(dim=1, keepdim=True)) % width
    return ids.gather(1, place), mask.gather(1, place)


def save(finetuned: Finetuned, folder: Path) -> None:
    """Write the adapters, in PEFT's format, and the tokenizer with the prompt; the base model stays where it is."""
    network: Any = finetuned.model.base
    for config in network.peft_config.values():
        config.target_modules = sorted(config.target_modules)  # a set, in another order in each process
    network.save_pretrained(folder / "adapter", save_embedding_layers=False)
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    finetuned.tokenizer.save(str(folder / "tokenizer.json"))
