"""The scorer of the linear candidate: TF-IDF of word and character n-grams, and one linear function per label.

Fitting is in `models.linear_fitting`. Only NumPy, SciPy and scikit-learn are imported.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import CountVectorizer

from music_platform.models.scorers.scorer import probabilities, unchecked

WORD = r"(?u)\b\w+\b"
"""The pattern of a word."""


@dataclass(frozen=True)
class LinearHyperparameters:
    """The hyperparameters of a linear candidate."""

    word_ngrams: tuple[int, int] = (1, 2)
    char_ngrams: tuple[int, int] = (2, 5)
    min_df: int = 2
    max_terms: int = 80_000
    """Terms kept per vectoriser, those in most documents first."""
    C: float = 2.0
    balanced: bool = True
    """Whether each label weighs the same however rare it is (the scores are calibrated afterwards)."""
    even_units: float = 0.0
    """How far rows of units with many rows weigh less: 0 not at all, 1 so that every unit weighs the same."""


@dataclass(frozen=True, eq=False)
class Block:
    """Documents by terms of one vectoriser: (n, T) float32 counts and their T terms in sorted order."""

    counts: sp.csr_matrix
    terms: np.ndarray

    def rows(self, index: np.ndarray) -> "Block":
        """The same terms for the documents at `index`."""
        return Block(self.counts[index], self.terms)

    def restricted(self, terms: np.ndarray) -> sp.csr_matrix:
        """Counts of `terms`, a subset of the block's terms, in their order."""
        if len(terms) == len(self.terms):
            return self.counts
        return self.counts[:, np.searchsorted(self.terms, terms)]


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Terms, their idf, and one linear function per label: (T, L) coefficients and (L,) intercepts."""

    labels: tuple[str, ...]
    single: bool
    hyperparameters: LinearHyperparameters
    terms: tuple[np.ndarray, ...]
    idf: tuple[np.ndarray, ...]
    coefficients: np.ndarray = field(repr=False)
    intercept: np.ndarray = field(repr=False)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`, which are cleaned as the training texts were."""
        with unchecked():
            counts = [v.transform(texts) for v in self._counters]
            return probabilities(self._logits(counts), single=self.single)

    def logits(self, blocks: Sequence[Block]) -> np.ndarray:
        """Raw scores (n, L) of documents counted with `count` over a superset of the model's terms."""
        return self._logits([b.restricted(t) for b, t in zip(blocks, self.terms, strict=True)])

    def contributions(self, parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        r"""The share of each part, such as a line, in the logits of the text that the parts make up, and the rest.

        A logit is a sum over n-grams. The value of an n-gram that occurs several times is divided evenly among its
        occurrences. The intercept and the n-grams that span several parts belong to no part: they are the rest.

        Returns:
            (n, L) and (L,) float64, which together add up to the logits of `"\n".join(parts)`.
        """
        effects = np.zeros((len(parts), len(self.labels)))
        rest = self.intercept.astype(np.float64)
        edges = np.cumsum([0, *(len(t) for t in self.terms)])
        for vectoriser, idf, start in zip(self._counters, self.idf, edges[:-1], strict=True):
            whole, own = vectoriser.transform(["\n".join(parts)]), vectoriser.transform(parts)
            found = whole.indices
            added = weighted(whole, idf)[:, found].toarray().T * self.coefficients[start + found].astype(np.float64)
            effects += own[:, found].astype(np.float64) @ (added / whole.data[:, None])
            rest += added.sum(axis=0)
        return effects, rest - effects.sum(axis=0)

    def rescaled(self, scale: np.ndarray, offset: np.ndarray) -> "LinearModel":
        """The model of logits `scale * logits + offset`, both (L,): a calibrated linear model is linear."""
        coefficients, intercept = self.coefficients * scale, self.intercept * scale + offset
        return replace(self, coefficients=coefficients.astype(np.float32), intercept=intercept.astype(np.float32))

    def save(self, folder: Path) -> None:
        """Write `model.safetensors` and `vocabulary.json` into `folder`."""
        arrays = {f"idf_{i}": idf for i, idf in enumerate(self.idf)}
        arrays |= {"coefficients": self.coefficients, "intercept": self.intercept}
        save_file(arrays, folder / "model.safetensors")
        words = {
            "labels": self.labels,
            "single": self.single,
            "settings": asdict(self.hyperparameters),
            "terms": [t.tolist() for t in self.terms],
        }
        (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LinearModel":
        """Read what `save` wrote."""
        arrays = load_file(folder / "model.safetensors")
        words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        return cls(
            tuple(words["labels"]),
            words["single"],
            _hyperparameters(words["settings"]),
            tuple(np.array(t, np.dtypes.StringDType()) for t in words["terms"]),  # most terms are short, a few long
            tuple(arrays[f"idf_{i}"] for i in range(len(words["terms"]))),
            arrays["coefficients"],
            arrays["intercept"],
        )

    @cached_property
    def _counters(self) -> list[CountVectorizer]:
        counters = vectorisers(self.hyperparameters)
        for counter, terms in zip(counters, self.terms, strict=True):
            counter.vocabulary = {term: i for i, term in enumerate(terms.tolist())}
        return counters

    def _logits(self, counts: Sequence[sp.csr_matrix]) -> np.ndarray:
        edges = np.cumsum([0, *(len(t) for t in self.terms)])
        parts = [
            weighted(block, idf) @ self.coefficients[start:end]
            for block, idf, start, end in zip(counts, self.idf, edges[:-1], edges[1:], strict=True)
        ]
        logits: np.ndarray = np.sum(parts, axis=0) + self.intercept
        return logits


def weighted(counts: sp.csr_matrix, idf: np.ndarray) -> sp.csr_matrix:
    """TF-IDF with sublinear term frequencies, (n, T), of counts; rows have length 1.

    The same as scikit-learn's `TfidfTransformer`, whose checks take ten times as long for one short text.
    """
    values = ((1 + np.log(counts.data)) * idf[counts.indices]).astype(np.float32)
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(rows, np.square(values, dtype=np.float64), counts.shape[0]))
    values /= lengths[rows]
    return sp.csr_matrix((values, counts.indices, counts.indptr), counts.shape)


def _hyperparameters(values: dict[str, Any]) -> LinearHyperparameters:
    ngrams = {name: tuple(values[name]) for name in ("word_ngrams", "char_ngrams")}
    return LinearHyperparameters(**(values | ngrams))


def vectorisers(hyperparameters: LinearHyperparameters) -> list[CountVectorizer]:
    """Unfitted counters of word n-grams and of character n-grams within words."""
    return [
        CountVectorizer(ngram_range=hyperparameters.word_ngrams, token_pattern=WORD, dtype=np.float32),
        CountVectorizer(analyzer="char_wb", ngram_range=hyperparameters.char_ngrams, dtype=np.float32),
    ]
