"""Fitting the linear model: from shared counts, with unknown labels left out, and with weights of rows and units."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from music_platform.models.linear_fitting import count, fit
from music_platform.models.scorers.linear import LinearHyperparameters, LinearModel
from music_platform_tests.support.training_rows import COMMON, WORDS, invented


def learn(texts, truth, names=("rap", "samba"), *, single=True, known=None, **changed) -> LinearModel:
    hyperparameters = LinearHyperparameters(**changed)
    known = np.ones_like(truth) if known is None else known
    return fit(count(texts, hyperparameters), names, truth, known, hyperparameters, single=single)


def test_fitting_from_the_counts_of_all_equals_fitting_on_the_training_texts_alone():
    texts, truth = invented()
    hyperparameters = LinearHyperparameters(char_ngrams=(3, 4))
    blocks = count(texts, hyperparameters)
    seen, held = np.arange(80), np.arange(80, 120)
    model = fit(
        [b.rows(seen) for b in blocks], ("rap", "samba"), truth[seen], truth[seen], hyperparameters, single=True
    )
    logits = model.logits([b.rows(held) for b in blocks])

    shared = {"min_df": 2, "sublinear_tf": True, "dtype": np.float32}
    vectorisers = [
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", **shared),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), **shared),
    ]
    train = sp.hstack([v.fit_transform(texts[:80]) for v in vectorisers])
    test = sp.hstack([v.transform(texts[80:]) for v in vectorisers])
    reference = LogisticRegression(C=2.0, class_weight="balanced", max_iter=300, tol=1e-3)
    expected = reference.fit(train, truth[seen, 1]).decision_function(test)

    assert [t.tolist() for t in model.terms] == [v.get_feature_names_out().tolist() for v in vectorisers]
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], expected, atol=1e-4)


def test_it_learns_and_single_label_scores_sum_to_one():
    names = ("forro", "rap", "samba")
    texts, truth = invented(300, names=names)
    unseen, answers = invented(100, seed=1, names=names)
    scores = learn(texts, truth, names).scores(unseen)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert (scores.argmax(axis=1) == answers.argmax(axis=1)).mean() > 0.9


def test_rows_where_a_label_is_unknown_do_not_train_it():
    texts, truth = invented()
    known = np.ones_like(truth)
    known[60:, 0] = False
    lies = truth.copy()
    lies[60:, 0] = ~lies[60:, 0]
    honest, lied_to = (learn(texts, said, single=False, known=known) for said in (truth, lies))
    np.testing.assert_array_equal(honest.coefficients[:, 0], lied_to.coefficients[:, 0])


@pytest.mark.parametrize("single", [True, False])
def test_a_label_no_training_row_has_is_never_likely(single):
    texts, truth = invented()
    truth = np.column_stack([truth, np.zeros(len(truth), bool)])
    scores = learn(texts, truth, ("rap", "samba", "ghost"), single=single).scores(texts)
    assert scores[:, 2].max() < 1e-3


def test_the_vocabulary_is_bounded_by_document_frequency():
    model = learn(*invented(), word_ngrams=(1, 1), max_terms=10)
    assert [len(t) for t in model.terms] == [10, 10]
    assert set(model.terms[0]) == set(COMMON.split())


def test_two_fits_write_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        learn(*invented()).save(tmp_path / name)
    for file in ("model.safetensors", "vocabulary.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("single", [True, False])
def test_a_unit_with_many_rows_weighs_as_much_as_one_with_few_if_units_are_evened(single):
    texts, truth = invented(40)
    loud = ["rima beat amor noite"] * 60
    units = np.array([f"artist {i}" for i in range(40)] + ["loud"] * 60, object)
    both, said = texts + loud, np.vstack([truth, np.tile([False, True], (60, 1))])

    def samba(even_units: float) -> float:
        hyperparameters = LinearHyperparameters(even_units=even_units, balanced=False)
        blocks, known = count(both, hyperparameters), np.ones_like(said)
        model = fit(blocks, ("rap", "samba"), said, known, hyperparameters, single=single, units=units)
        return model.scores(["rima beat"])[0, 1]

    assert samba(1.0) < samba(0.5) < samba(0.0) - 0.02


def test_a_weight_is_as_many_copies():
    hyperparameters = LinearHyperparameters(char_ngrams=(2, 2), min_df=1, balanced=False)
    draw = np.random.default_rng(1)
    texts = [" ".join(draw.choice(" ".join(WORDS.values()).split(), 5)) for _ in range(30)]
    truth = np.stack([draw.random(30) < 0.5, draw.random(30) < 0.5], axis=1)
    weights = np.where(np.arange(30) < 3, 4, 1)
    known, names, blocks = np.ones_like(truth), ("a", "b"), count(texts, hyperparameters)
    once = fit(blocks, names, truth, known, hyperparameters, single=False, weights=weights)
    copied = np.repeat(np.arange(30), weights)
    many = fit([b.rows(copied) for b in blocks], names, truth[copied], known[copied], hyperparameters, single=False)
    assert (once.scores(texts).argmax(axis=1) == many.scores(texts).argmax(axis=1)).mean() > 0.8
    plain = fit(blocks, names, truth, known, hyperparameters, single=False)
    right = np.where(truth, 1, -1)[:3]
    assert ((once.scores(texts) - plain.scores(texts))[:3] * right).mean() > 0.01
