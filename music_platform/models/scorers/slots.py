"""The scorer of slots: a saved CRF marks the songs, artists and playlists that a text names."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from music_platform.errors import InputError
from music_platform.models.scorers.slot_features import MODEL, Sight, spans_of, tokens
from music_platform.storage.manifest import Manifest
from music_platform.tasks import SLOTS

_MAGIC = b"lCRF"
_LIKELY = 0.5
"""An answer of a lower score is more likely wrong than right."""


@dataclass(frozen=True)
class Slot:
    """A part of a text: `value` is `text[start:end]`."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Tagged:
    """The slots of a text, in the order of the text."""

    slots: tuple[Slot, ...]
    score: float
    """Probability of the whole answer, in 0-1."""

    @property
    def uncertain(self) -> bool:
        """Whether the answer is more likely wrong than right."""
        return self.score < _LIKELY


class SlotTagger:
    """A slot tagger as it was trained; safe to use from several threads."""

    def __init__(self, manifest: Manifest, crf: Path, sight: Sight) -> None:
        self.manifest = manifest
        self._sight = sight
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(crf))
        self._lock = threading.Lock()  # crfsuite keeps the sentence between calls

    @classmethod
    def load(cls, folder: Path) -> "SlotTagger":
        """The tagger of an artifact folder.

        Raises:
            InputError: the folder holds no slot tagger.
        """
        manifest, crf = Manifest.read(folder), folder / MODEL
        try:
            with crf.open("rb") as stream:
                head = stream.read(8)
            size = crf.stat().st_size
            sight = Sight.load(folder)
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: the slot tagger can't be read ({error}); run again to make it anew") from None
        # crfsuite trusts the size in a file's head.
        if head[:4] != _MAGIC or int.from_bytes(head[4:], "little") != size:
            raise InputError(f"{crf}: the file is no whole model of crfsuite; run again to make it anew")
        return cls(manifest, crf, sight)

    @property
    def version(self) -> str:
        """The id of the artifact."""
        return self.manifest.version

    def tag(self, texts: Sequence[str]) -> list[Tagged]:
        """The slots of each text."""
        return [self._tag(text) for text in texts]

    def _tag(self, text: str) -> Tagged:
        if not any(map(str.isalnum, text)):
            return Tagged((), 1.0)
        offsets, seen = tokens(text), self._sight.features(text)
        with self._lock:
            tags = self._tagger.tag(seen)
            score = self._tagger.probability(tags)
        slots = (
            Slot(name, text[start:end], start, end) for start, end, name in spans_of(offsets, tags) if name in SLOTS
        )
        return Tagged(tuple(slots), min(float(score), 1.0))
