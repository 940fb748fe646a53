"""The linear candidate: TF-IDF of word and character n-grams with logistic regression.

Cross-fitting and thresholds are not here. Serving imports this module: only NumPy, SciPy and scikit-learn.
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
from scipy.special import expit, logit, softmax
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

WORD = r"(?u)\b\w+\b"
"""What counts as a word."""
_NEVER = -20.0
"""Logit of a label that is true of no training row."""


@dataclass(frozen=True)
class Settings:
    """What a linear candidate may be configured with."""

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


def count(texts: Sequence[str], settings: Settings) -> tuple[Block, ...]:
    """Count the n-grams of `texts` once; a model of any subset is fitted from these counts."""
    blocks = []
    for vectoriser in _vectorisers(settings):
        vectoriser.min_df = min(settings.min_df, len(texts))
        counts = vectoriser.fit_transform(texts)
        blocks.append(Block(counts, vectoriser.get_feature_names_out().astype(np.str_)))
    return tuple(blocks)


def fit(
    blocks: Sequence[Block],
    labels: Sequence[str],
    truth: np.ndarray,
    known: np.ndarray,
    settings: Settings,
    *,
    single: bool,
    units: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> "LinearModel":
    """Fit TF-IDF and logistic regression: multinomial if `single`, else per label on rows where it is known.

    Args:
        blocks: counts of the n training documents.
        labels: L label names.
        truth: (n, L) bool.
        known: (n, L) bool; ignored if `single`.
        settings: vocabulary and regularisation.
        single: whether exactly one label is true per row.
        units: (n,) the split unit of each document, for `Settings.even_units`; each its own if missing.
        weights: (n,) documents that each counts as; one if missing.
    """
    terms = tuple(_frequent(block, settings) for block in blocks)
    scales = [TfidfTransformer(sublinear_tf=True) for _ in blocks]
    features = sp.hstack(
        [w.fit_transform(b.restricted(t)) for w, b, t in zip(scales, blocks, terms, strict=True)],
        format="csr",
    )
    weight = np.ones(features.shape[0]) if units is None else _evened(units, settings.even_units)
    weight = weight if weights is None else weight * weights
    if single:
        coefficients, intercept = _multinomial(features, truth, weight, settings)
    else:
        columns = [_binary(features, truth[:, i], known[:, i], weight, settings) for i in range(len(labels))]
        coefficients = np.stack([c for c, _ in columns], axis=1)
        intercept = np.array([b for _, b in columns])
    return LinearModel(
        tuple(labels),
        single,
        settings,
        terms,
        tuple(w.idf_.astype(np.float32) for w in scales),
        np.ascontiguousarray(coefficients, np.float32),
        intercept.astype(np.float32),
    )


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Terms, their idf, and one linear function per label: (T, L) coefficients and (L,) intercepts."""

    labels: tuple[str, ...]
    single: bool
    settings: Settings
    terms: tuple[np.ndarray, ...]
    idf: tuple[np.ndarray, ...]
    coefficients: np.ndarray = field(repr=False)
    intercept: np.ndarray = field(repr=False)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities (n, L) float32 of `texts`, which are cleaned as the training texts were."""
        counts = [v.transform(texts) for v in self._vectorisers]
        return probabilities(self._logits(counts), single=self.single)

    def logits(self, blocks: Sequence[Block]) -> np.ndarray:
        """Raw scores (n, L) of documents counted with `count` over a superset of the model's terms."""
        return self._logits([b.restricted(t) for b, t in zip(blocks, self.terms, strict=True)])

    def contributions(self, parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        r"""What each of the parts, the lines say, adds to the logits of the text that they make, and what is left.

        A logit is a sum over n-grams. An n-gram that occurs several times is shared out evenly over its occurrences;
        the intercept, and n-grams of words of several parts, belong to none and are left.

        Returns:
            (n, L) and (L,) float64, which together add up to the logits of `"\n".join(parts)`.
        """
        effects = np.zeros((len(parts), len(self.labels)))
        rest = self.intercept.astype(np.float64)
        edges = np.cumsum([0, *(len(t) for t in self.terms)])
        for vectoriser, weight, start in zip(self._vectorisers, self._weights, edges[:-1], strict=True):
            whole, own = vectoriser.transform(["\n".join(parts)]), vectoriser.transform(parts)
            found = whole.indices
            added = weight.transform(whole)[:, found].toarray().T * self.coefficients[start + found].astype(np.float64)
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
            "settings": asdict(self.settings),
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
            _settings(words["settings"]),
            tuple(np.array(t, np.dtypes.StringDType()) for t in words["terms"]),  # most terms are short, a few long
            tuple(arrays[f"idf_{i}"] for i in range(len(words["terms"]))),
            arrays["coefficients"],
            arrays["intercept"],
        )

    @cached_property
    def _vectorisers(self) -> list[CountVectorizer]:
        vectorisers = _vectorisers(self.settings)
        for vectoriser, terms in zip(vectorisers, self.terms, strict=True):
            vectoriser.vocabulary = {term: i for i, term in enumerate(terms.tolist())}
        return vectorisers

    @cached_property
    def _weights(self) -> list[TfidfTransformer]:
        weights = [TfidfTransformer(sublinear_tf=True) for _ in self.idf]
        for weight, idf in zip(weights, self.idf, strict=True):
            weight.idf_ = idf
        return weights

    def _logits(self, counts: Sequence[sp.csr_matrix]) -> np.ndarray:
        edges = np.cumsum([0, *(len(t) for t in self.terms)])
        parts = [
            weight.transform(block) @ self.coefficients[start:end]
            for weight, block, start, end in zip(self._weights, counts, edges[:-1], edges[1:], strict=True)
        ]
        return np.sum(parts, axis=0) + self.intercept


def probabilities(logits: np.ndarray, *, single: bool) -> np.ndarray:
    """Softmax over labels if `single`, else a sigmoid per label; float32."""
    return (softmax(logits, axis=1) if single else expit(logits)).astype(np.float32)


def log_odds(scores: np.ndarray, *, single: bool) -> np.ndarray:
    """Logits (n, L) that `probabilities` turns into `scores`; those of 0 and 1 are cut to a millionth from them."""
    inside = np.clip(scores.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(inside) if single else logit(inside)


def _settings(values: dict[str, Any]) -> Settings:
    ngrams = {name: tuple(values[name]) for name in ("word_ngrams", "char_ngrams")}
    return Settings(**(values | ngrams))


def _vectorisers(settings: Settings) -> list[CountVectorizer]:
    return [
        CountVectorizer(ngram_range=settings.word_ngrams, token_pattern=WORD, dtype=np.float32),
        CountVectorizer(analyzer="char_wb", ngram_range=settings.char_ngrams, dtype=np.float32),
    ]


def _frequent(block: Block, settings: Settings) -> np.ndarray:
    """Terms in `min_df` documents or more; at most `max_terms`, those in most documents first."""
    df = np.bincount(block.counts.indices, minlength=len(block.terms))
    keep = np.flatnonzero(df >= settings.min_df)
    keep = np.sort(keep[np.argsort(-df[keep], kind="stable")[: settings.max_terms]])
    return block.terms[keep]


def _regression(settings: Settings, **solver: Any) -> LogisticRegression:
    weight = "balanced" if settings.balanced else None
    return LogisticRegression(C=settings.C, class_weight=weight, max_iter=300, tol=1e-3, **solver)


def _evened(units: np.ndarray, share: float) -> np.ndarray:
    """(n,) weights with mean 1: the rows of a unit divided by their number to the power of `share`."""
    _, which, count = np.unique(units.astype(str), return_inverse=True, return_counts=True)
    weight = count[which] ** -float(share)
    evened: np.ndarray = weight / weight.mean()
    return evened


def _multinomial(
    features: sp.csr_matrix, truth: np.ndarray, weight: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """(T, L) and (L,); a label that no row has gets the logit `_NEVER`."""
    present = np.flatnonzero(truth.any(axis=0))
    coefficients, intercept = np.zeros((features.shape[1], truth.shape[1])), np.full(truth.shape[1], _NEVER)
    intercept[present] = 0.0
    if len(present) > 1:
        model = _regression(settings).fit(features, truth.argmax(axis=1), weight)
        weights, bias = model.coef_, model.intercept_
        if len(present) == 2:
            weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        coefficients[:, present], intercept[present] = weights.T, bias
    return coefficients, intercept


def _binary(
    features: sp.csr_matrix, truth: np.ndarray, known: np.ndarray, weight: np.ndarray, settings: Settings
) -> tuple[np.ndarray, float]:
    """(T,) and the intercept, from the rows where the label is known; constant if those all say the same."""
    target = truth[known]
    if target.all() or not target.any():
        return np.zeros(features.shape[1]), -_NEVER if target.any() else _NEVER
    # The dual solver reaches the optimum; L-BFGS stops short of it at a tolerance that it can afford.
    solver = _regression(settings, solver="liblinear", dual=True, random_state=0)
    model = solver.fit(features[known], target, weight[known])
    return model.coef_[0], float(model.intercept_[0])
