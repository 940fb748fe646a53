"""The features of the slot tagger: tokens of a text, the features of each, and a catalogue's knowledge of its words.

Only NumPy, SciPy and scikit-learn are imported. The tagger is trained in `models.slot_training`.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from music_platform.models.scorers.scorer import unchecked

MODEL = "slots.crfsuite"

Span = tuple[int, int, str]
"""Character offsets of the first and behind the last character, and the slot."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_BRACKETS = re.compile(r"\s*[(\[].*?[)\]]|\s+-\s.*$")
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|(?<!\w)'(.+?)'(?!\w)")
_LONGEST = 8
_BUCKETS = 2**18
_REMEMBERED = 100_000


def tokens(text: str) -> list[tuple[int, int]]:
    """Character offsets of the words and punctuation marks of a text."""
    return [match.span() for match in _TOKEN.finditer(text)]


def spans_of(offsets: Sequence[tuple[int, int]], tags: Sequence[str]) -> list[Span]:
    """The spans that BIO tags (Ramshaw and Marcus 1995) mark; an `I-` that continues nothing opens no span."""
    spans, start = [], None
    for i, tag in enumerate((*tags, "O")):
        if start is not None and tag != f"I-{tags[start][2:]}":
            spans.append((offsets[start][0], offsets[i - 1][1], tags[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = i
    return spans


def tags_of(offsets: Sequence[tuple[int, int]], spans: Iterable[Span]) -> list[str]:
    """BIO tags of tokens; a span takes the tokens that lie wholly inside it."""
    tags = ["O"] * len(offsets)
    for start, end, name in spans:
        inside = [i for i, (first, last) in enumerate(offsets) if start <= first and last <= end]
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{name}"
    return tags


@dataclass(frozen=True, eq=False)
class Names:
    """What a catalogue knows: which names it holds, and whether words look like an artist or like a title."""

    artists: np.ndarray
    """Sorted uint64 hashes of the artists' names."""
    titles: np.ndarray
    """Sorted uint64 hashes of the titles of songs and albums."""
    weights: np.ndarray
    """(2**18,) float32: of hashed character n-grams; above 0 speaks for an artist."""
    _leanings: dict[str, float] = field(default_factory=dict, repr=False)

    @classmethod
    def fit(cls, artists: Iterable[str], titles: Iterable[str]) -> "Names":
        """Keep the names of a catalogue, and learn from them which character n-grams are whose.

        Nothing but the catalogue is looked at. With fewer than two names of a kind every word weighs 0.
        """
        people = sorted({name for artist in artists if (name := tuple(_words(artist)))})
        works = sorted({name for title in titles if (name := tuple(_words(_BRACKETS.sub("", title))))})
        weights, size = np.zeros(_BUCKETS, np.float32), min(len(people), len(works))
        if size > 1:
            rng = np.random.default_rng(0)
            drawn = [" ".join(group[i]) for group in (people, works) for i in rng.permutation(len(group))[:size]]
            # A logistic regression with little regularisation, by some passes over the names.
            model = SGDClassifier(
                loss="log_loss", alpha=0.1 / len(drawn), max_iter=6, tol=None, average=True, random_state=0
            )
            model.fit(_vectoriser().transform(drawn), np.repeat([1, 0], size))
            weights = model.coef_[0].astype(np.float32)
        artists_known, titles_known = (np.array(sorted(map(_hash, group)), np.uint64) for group in (people, works))
        return cls(artists_known, titles_known, weights)

    def leaning(self, texts: Sequence[str]) -> list[float]:
        """How much each text looks like an artist (above 0) rather than a title (below)."""
        if len(self._leanings) > _REMEMBERED:
            self._leanings.clear()
        if missing := sorted({text for text in texts if text not in self._leanings}):
            with unchecked():
                values = np.asarray(_vectoriser().transform(missing) @ self.weights).tolist()
            self._leanings.update(zip(missing, values, strict=True))
        return [self._leanings[text] for text in texts]

    def holds(self, words: Sequence[str]) -> str:
        """Whether the words are the name of an artist (A) and of a title (T), each else `-`."""
        hashed = np.array([_hash(words)], np.uint64)
        return ("A" if _among(self.artists, hashed)[0] else "-") + ("T" if _among(self.titles, hashed)[0] else "-")

    def marks(self, words: Sequence[str]) -> list[str]:
        """Per word the longest names it is part of: place and length of an artist, then of a title."""
        found = [["-"] * len(words), ["-"] * len(words)]
        runs = _runs(words)
        for marks, known in zip(found, (self.artists, self.titles), strict=True):
            for start, end in _longest(runs, known):
                for i in range(start, end):
                    marks[i] = f"{'B' if i == start else 'I'}{min(end - start, 4)}"
        return ["".join(pair) for pair in zip(*found, strict=True)]

    def guess(self, text: str) -> list[Span]:
        """A rule to compare with: what is quoted is a song, and the longest names of two words or more are names.

        It knows no playlist, and takes what is both for an artist.
        """
        spans: list[Span] = [
            (match.start(match.lastindex or 0), match.end(match.lastindex or 0), "song")
            for match in _QUOTED.finditer(text)
        ]
        offsets = tokens(text)
        runs = _runs([text[start:end].lower() for start, end in offsets])
        for name, known in (("artist", self.artists), ("song", self.titles)):
            for first, last in _longest(runs, known):
                start, end = offsets[first][0], offsets[last - 1][1]
                if last - first > 1 and all(end <= other[0] or other[1] <= start for other in spans):
                    spans.append((start, end, name))
        return sorted(spans)

    def save(self, folder: Path) -> None:
        """Write `names.safetensors` into `folder`."""
        arrays = {"artists": self.artists, "titles": self.titles, "weights": self.weights}
        save_file(arrays, folder / "names.safetensors")

    @classmethod
    def load(cls, folder: Path) -> "Names":
        """Read what `save` wrote."""
        arrays = load_file(folder / "names.safetensors")
        return cls(arrays["artists"], arrays["titles"], arrays["weights"])


@dataclass(frozen=True, eq=False)
class Sight:
    """What is looked at in a text: `names`, and the words that frame them ("add", "to my", "by")."""

    names: Names
    frames: Mapping[str, float] = field(default_factory=dict)
    """Word -> how much it speaks for English (above 0) rather than for another language."""

    def features(self, text: str) -> list[list[str]]:
        """The features of each token: words, parts of words and case around it, what is known of it and its phrase.

        A phrase is a run of words that do not frame: most often a whole name. Features of a text that is not in
        English, by the words that frame, are others, so that nothing is carried over between ways of asking.
        """
        written = [text[start:end] for start, end in tokens(text)]
        if not written:
            return []
        words = [word.lower() for word in written]
        english = math.fsum(self.frames.get(word, 0.0) for word in {*words}) >= 0
        frames = {
            word
            for word in words
            if word in self.frames and (self.frames[word] > -1 if english else self.frames[word] < 1)
        }
        outside = [-1, *(i for i, word in enumerate(words) if word in frames), len(words)]
        runs = [(a + 1, b) for a, b in pairwise(outside) if b - a > 1]
        leanings = self.names.leaning([*words, *(" ".join(words[start:end]) for start, end in runs)])
        around = self._around(written, words, leanings[: len(words)])
        phrase = self._phrases(words, dict(zip(runs, leanings[len(words) :], strict=True)))
        return [[one if english else f"~{one}" for one in (*a, *p)] for a, p in zip(around, phrase, strict=True)]

    def _around(self, written: Sequence[str], words: Sequence[str], leanings: Sequence[float]) -> list[list[str]]:
        shapes, marks, size = [_shape(word) for word in written], self.names.marks(words), len(words)
        leaning = [_rounded(value, 4) for value in leanings]
        beside = ["^^", "^", *words, "$", "$$"]

        def at(values: Sequence[str], i: int) -> str:
            return values[i] if 0 <= i < size else "^$"[i > 0]

        found = []
        for i, word in enumerate(words):
            two_left, left, _, right, two_right = beside[i : i + 5]
            found.append(
                [
                    "bias",
                    f"0={word}",
                    f"-1={left}",
                    f"-2={two_left}",
                    f"+1={right}",
                    f"+2={two_right}",
                    f"-1,0={left} {word}",
                    f"0,+1={word} {right}",
                    f"-2,-1={two_left} {left}",
                    f"+1,+2={right} {two_right}",
                    f"-1,+1={left} {right}",
                    f"first={words[0]}",
                    f"prefix={word[:3]}",
                    f"suffix={word[-3:]}",
                    f"suffix2={word[-2:]}",
                    f"from start={min(i, 3)}",
                    f"from end={min(size - 1 - i, 3)}",
                    *(f"shape{k}={at(shapes, i + k)}" for k in (-1, 0, 1)),
                    *(f"leaning{k}={at(leaning, i + k)}" for k in (-1, 0, 1)),
                    f"leaning0,1={leaning[i]} {at(leaning, i + 1)}",
                    f"known={marks[i]}",
                    f"known,-1={marks[i]} {left}",
                    *(f"before={other}" for other in dict.fromkeys(words[max(0, i - 6) : i])),
                    *(f"after={other}" for other in dict.fromkeys(words[i + 1 : i + 7])),
                ]
            )
        return found

    def _phrases(self, words: Sequence[str], runs: Mapping[tuple[int, int], float]) -> list[list[str]]:
        found: list[list[str]] = [["frame"] for _ in words]
        for number, ((start, end), value) in enumerate(runs.items()):
            left = words[start - 1] if start else "^"
            right = words[end] if end < len(words) else "$"
            held = self.names.holds(words[start:end])
            for i in range(start, end):
                place = "I" if i > start else "B"
                found[i] = [
                    f"phrase leaning={place}{_rounded(value, 6)}",
                    f"phrase leaning,left={place}{_rounded(value / 2, 3)} {left}",
                    f"phrase known={place}{held}",
                    f"phrase known,left={held} {left}",
                    f"phrase size={place}{min(end - start, 5)}",
                    f"phrase number={number} of {len(runs)}",
                    f"phrase left={left}",
                    f"phrase right={right}",
                    f"phrase left,right={left} {right}",
                ]
        return found

    def save(self, folder: Path) -> None:
        """Write `names.safetensors` and `frames.json` into `folder`."""
        self.names.save(folder)
        (folder / "frames.json").write_text(
            json.dumps(dict(sorted(self.frames.items())), ensure_ascii=False) + "\n", "utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> "Sight":
        """Read what `save` wrote."""
        return cls(Names.load(folder), json.loads((folder / "frames.json").read_text("utf-8")))


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest())


def _among(known: np.ndarray, values: np.ndarray) -> list[bool]:
    if not len(known):
        return [False] * len(values)
    found: list[bool] = (known[np.minimum(known.searchsorted(values), len(known) - 1)] == values).tolist()
    return found


def _runs(words: Sequence[str]) -> dict[tuple[int, int], int]:
    """The hash of each run of words, by its start and end: from the left, the longest first."""
    return {
        (start, end): _hash(words[start:end])
        for start in range(len(words))
        for end in range(min(start + _LONGEST, len(words)), start, -1)
    }


def _longest(runs: Mapping[tuple[int, int], int], known: np.ndarray) -> list[tuple[int, int]]:
    """The runs that are a known name, without those that overlap one before them."""
    found, at = [], 0
    for (start, end), is_known in zip(runs, _among(known, np.array([*runs.values()], np.uint64)), strict=True):
        if is_known and start >= at:
            found.append((start, end))
            at = end
    return found


def _vectoriser() -> HashingVectorizer:
    return HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=_BUCKETS, alternate_sign=False)


def _shape(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 4)}"
    return "p" if not word[0].isalnum() else "u" if word[0].isupper() else "l"


def _rounded(value: float, most: int) -> str:
    return str(max(-most, min(most, round(value))))
