"""The training rows of the slot tagger, and its predictions on rows that it had not seen."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from music_platform.errors import InputError
from music_platform.models.scorers.slot_features import Span
from music_platform.schema import WORDINGS
from music_platform.tasks import SLOTS

CONTEXT = ("album", "genre", "music_item", "music_source", "playlist_owner", "position", "service", "sort", "year")
"""Slots that are learned but not answered, so that the answered ones end where these begin."""
_LEARNED = frozenset({*SLOTS, *CONTEXT})
_WORDINGS = 3
"""One of this many own wordings is learned from, since the verb matters little for slots."""


@dataclass(frozen=True)
class SlotRow:
    """One text with its spans, those of `SLOTS` and of `CONTEXT`, by their place in it."""

    id: str
    text: str
    unit: str
    """The template: the unit of splits."""
    language: str
    part: str
    """The slice of the report: the source and the intent; of own wordings the language."""
    spans: tuple[Span, ...]
    own: bool = False
    """Whether it is an own wording."""


def slot_rows(table: pa.Table) -> tuple[list[SlotRow], dict[str, int]]:
    """The rows of `features.utterances` to learn slots from, sorted by id, and reason -> rows left out.

    A source none of whose rows has a song, artist or playlist does not annotate them: its rows say nothing. Nor
    do rows that name a work of any kind (`object_name`), and rows about another matter are not asked of a tagger.

    Raises:
        InputError: there are no two templates with a song, artist or playlist.
    """
    columns = ("row_id", "text", "template", "lang", "source", "intent", "slots")
    every = [
        (_row(i, text, unit, lang, source, intent, slots), source)
        for i, text, unit, lang, source, intent, slots in zip(
            *(table.sort_by("row_id")[name].to_pylist() for name in columns), strict=True
        )
    ]
    annotating = {source for row, source in every if _names(row) & {*SLOTS}}
    kept: list[SlotRow] = []
    dropped: dict[str, int] = {}
    for row, source in every:
        names = _names(row)
        if source not in annotating:
            reason = "of a source without spans of songs, artists or playlists"
        elif "object_name" in names:
            reason = "naming a work of an unknown kind"
        elif names - _LEARNED and not names & {*SLOTS}:
            reason = "about another matter"
        elif row.own and _hash(row.unit) % _WORDINGS:
            reason = "of own wordings beside others"
        else:
            kept.append(replace(row, spans=tuple(span for span in row.spans if span[2] in _LEARNED)))
            continue
        dropped[reason] = dropped.get(reason, 0) + 1
    if len({row.unit for row in kept if _names(row) & {*SLOTS}}) < 2:
        raise InputError("slots: fewer than 2 templates of utterances name a song, artist or playlist; land more")
    return kept, dropped


def _row(i: str, text: str, unit: str, language: str, source: str, intent: str, slots: str) -> SlotRow:
    own = source == WORDINGS
    return SlotRow(i, text, unit, language, f"{source}, {language if own else intent}", _spans(slots), own)


def _spans(slots: str) -> tuple[Span, ...]:
    return tuple(sorted((slot["start"], slot["end"], slot["name"]) for slot in json.loads(slots)))


def _names(row: SlotRow) -> set[str]:
    return {name for *_, name in row.spans}


def _hash(unit: str) -> int:
    return int.from_bytes(hashlib.blake2b(unit.encode(), digest_size=4).digest())


@dataclass(frozen=True, eq=False)
class SlotPredictions:
    """The answers of a tagger that never saw the row's template, for n rows; the texts are not kept.

    Spans are (m, 4) int64 arrays: row, first character, character behind the last, place of the slot in `SLOTS`.
    """

    ids: np.ndarray
    """(n,) str."""
    units: np.ndarray
    """(n,) str: the template."""
    languages: np.ndarray
    """(n,) str."""
    parts: np.ndarray
    """(n,) str: `SlotRow.part`."""
    own: np.ndarray
    """(n,) bool: whether the row is an own wording."""
    folds: np.ndarray
    """(n,) int: the fold the row was held out in."""
    truth: np.ndarray
    answered: np.ndarray
    lower: np.ndarray
    """The answers for the texts in lower case."""
    baseline: np.ndarray
    """The answers of `Names.guess`."""

    @property
    def whole(self) -> np.ndarray:
        """(n,) bool: the rows that figures are of, the landed ones; all where no landed row has a span."""
        landed = ~self.own
        return landed if landed[self.truth[:, 0]].any() else np.ones(len(self.ids), bool)

    def save(self, path: Path) -> None:
        """Write the arrays to an `.npz` file."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        with path.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> "SlotPredictions":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**arrays)


def predictions(
    rows: Sequence[SlotRow],
    folds: np.ndarray,
    answered: Sequence[Sequence[Span]],
    lower: Sequence[Sequence[Span]],
    baseline: Sequence[Sequence[Span]],
) -> SlotPredictions:
    """The rows with the answers for each, without spans of `CONTEXT`."""
    return SlotPredictions(
        ids=np.array([row.id for row in rows], np.str_),
        units=np.array([row.unit for row in rows], np.str_),
        languages=np.array([row.language for row in rows], np.str_),
        parts=np.array([row.part for row in rows], np.str_),
        own=np.array([row.own for row in rows], bool),
        folds=folds,
        truth=_array([row.spans for row in rows]),
        answered=_array(answered),
        lower=_array(lower),
        baseline=_array(baseline),
    )


def _array(spans: Sequence[Sequence[Span]]) -> np.ndarray:
    every = [
        (i, start, end, SLOTS.index(name))
        for i, found in enumerate(spans)
        for start, end, name in found
        if name in SLOTS
    ]
    return np.array(every, np.int64).reshape(-1, 4)
