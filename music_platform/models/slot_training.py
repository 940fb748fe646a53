"""The candidate `crf`: a linear-chain CRF (Lafferty et al. 2001), cross-fitted over the fixed folds and saved.

Its features are in `scorers.slot_features`, its rows in `slot_rows`, and its scorer is `scorers.slots`. The library is
python-crfsuite (Okazaki 2007).
"""

import math
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from music_platform.errors import InputError
from music_platform.features.splits import FOLDS, fold_of
from music_platform.models.making import Draft, Made, make
from music_platform.models.predictions import HELD_OUT_FILE
from music_platform.models.request import Request
from music_platform.models.scorers.slot_features import MODEL, Names, Sight, Span, spans_of, tags_of, tokens
from music_platform.models.slot_rows import SlotPredictions, SlotRow, predictions, slot_rows
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint
from music_platform.tasks import SLOTS

NAMED = frozenset({*SLOTS, "album"})
"""Slots whose values are names."""
_OFTEN = 3


@dataclass(frozen=True)
class CrfHyperparameters:
    """The hyperparameters of a CRF."""

    l1: float = 0.1
    l2: float = 0.1
    iterations: int = 40
    framing: float = 0.8
    """Share of its occurrences that a word must have outside of names to frame them."""


def train(request: Request) -> Made | None:
    """The CRF for the utterances of `request.table` and the names of `request.names`.

    Raises:
        InputError: fewer than two templates have a song, artist or playlist, or there is no catalogue.
    """
    hyperparameters, _ = request.configured(CrfHyperparameters)
    rows, dropped = slot_rows(request.table)
    if request.names is None:
        raise InputError("slots: there is no catalogue to look names up in; land one")
    songs = request.names.sort_by("track_id").select(["artist", "title", "album"])
    data = fingerprint([asdict(row) for row in rows], [fingerprint(column.to_pylist()) for column in songs.columns])
    code = code_version(f"{__name__}:train")

    def draft() -> Draft:
        request.progress(f"{request.name}: names of {len(songs):,} songs")
        names = _names(songs)
        crf, sight, answered = _cross_fitted(rows, names, hyperparameters, request)

        def write(folder: Path) -> None:
            (folder / MODEL).write_bytes(crf)
            sight.save(folder)
            answered.save(folder / HELD_OUT_FILE)

        facts = {
            "labels": list(SLOTS),
            "languages": {slot: _languages(rows, slot) for slot in SLOTS},
            "metrics": {"f1": _f1(answered)},
            "dropped": dropped,
        }
        config = asdict(hyperparameters) | {"folds": FOLDS, "names": len(songs)}
        return Draft(write, data, code, config, len(rows), facts)

    return make(request, fingerprint(data, code, repr(hyperparameters)), draft)


def _names(songs: pa.Table) -> Names:
    artists, titles, albums = (songs[name].to_pylist() for name in ("artist", "title", "album"))
    return Names.fit(artists, [*titles, *(album for album in albums if album)])


def _cross_fitted(
    rows: Sequence[SlotRow], names: Names, hyperparameters: CrfHyperparameters, request: Request
) -> tuple[bytes, Sight, SlotPredictions]:
    """The CRF of all rows and its features, and for each row the answers of the CRF of the other folds."""
    folds = fold_of([row.unit for row in rows])
    answered: list[list[Span]] = [[] for _ in rows]
    lower: list[list[Span]] = [[] for _ in rows]
    for fold in sorted(set(folds.tolist())):
        request.progress(f"{request.name}: fold {fold + 1} of {FOLDS}")
        crf, sight = _fitted(
            [row for row, other in zip(rows, folds, strict=True) if other != fold], names, hyperparameters
        )
        held = np.flatnonzero(folds == fold).tolist()
        for found, texts in ((answered, [rows[i].text for i in held]), (lower, [_lower(rows[i].text) for i in held])):
            for i, spans in zip(held, _tagged(crf, sight, texts), strict=True):
                found[i] = spans
    request.progress(f"{request.name}: final model")
    crf, sight = _fitted(rows, names, hyperparameters)
    return crf, sight, predictions(rows, folds, answered, lower, [names.guess(row.text) for row in rows])


def _fitted(rows: Sequence[SlotRow], names: Names, hyperparameters: CrfHyperparameters) -> tuple[bytes, Sight]:
    """A CRF as crfsuite writes it, by L-BFGS: nothing is drawn at random."""
    import pycrfsuite

    sight = Sight(names, _frames(rows, hyperparameters.framing))
    blind = Sight(Names.fit([], []), sight.frames)
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {"c1": hyperparameters.l1, "c2": hyperparameters.l2, "max_iterations": hyperparameters.iterations}
    )
    for row in rows:
        tags = tags_of(tokens(row.text), row.spans)
        lower = _lower(row.text)
        # Speech recognition and hurried people write no capitals, so each text is learned both ways.
        for text in sorted({row.text, lower}):
            # Own wordings are filled from the catalogue: people also ask for what it lacks.
            trainer.append((blind if row.own and text == lower else sight).features(text), tags)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL
        trainer.train(str(path))
        return path.read_bytes(), sight


def _frames(rows: Sequence[SlotRow], share: float) -> dict[str, float]:
    """Words that lie outside of names in at least `share` of their occurrences, three of them at least.

    Each with the log-odds, smoothed, that an English row holds it there rather than one of another language.
    """
    inside: Counter[str] = Counter()
    outside: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for row in rows:
        offsets = tokens(row.text)
        for (start, end), tag in zip(offsets, tags_of(offsets, row.spans), strict=True):
            (inside if tag[2:] in NAMED else outside[row.language == "en"])[row.text[start:end].lower()] += 1
    english, other = outside[True], outside[False]
    scale = math.log((other.total() + 1) / (english.total() + 1))
    return {
        word: round(math.log((english[word] + 0.5) / (other[word] + 0.5)) + scale, 3)
        for word, n in sorted((english + other).items())
        if n >= _OFTEN and n >= share * (n + inside[word])
    }


def _lower(text: str) -> str:
    """The text in lower case; itself in the rare case that its offsets would shift."""
    return text.lower() if len(text.lower()) == len(text) else text


def _tagged(crf: bytes, sight: Sight, texts: Sequence[str]) -> list[list[Span]]:
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(crf)  # it keeps no copy: `crf` has to outlive it
    return [spans_of(tokens(text), tagger.tag(sight.features(text))) for text in texts]


def _languages(rows: Sequence[SlotRow], slot: str) -> list[str]:
    return sorted({row.language for row in rows if any(name == slot for *_, name in row.spans)})


def _f1(answered: SlotPredictions) -> float:
    """Pooled out-of-fold F1 of exact spans, of the rows that the report is about."""
    truth, answers = (
        {tuple(span) for span in spans[answered.whole[spans[:, 0]]].tolist()}
        for spans in (answered.truth, answered.answered)
    )
    return 2 * len(truth & answers) / max(len(truth) + len(answers), 1)
