"""The linear model: fitting from shared counts, masks, scores, and the artifact."""

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from music_platform.models.scorers.linear import LinearModel, Settings, count, fit

WORDS = {
    "samba": "roda pandeiro morro cavaquinho avenida bamba",
    "rap": "rima beat rua quebrada flow mic",
    "forro": "sanfona xote baiao zabumba arraial sertao",
}
COMMON = "amor noite céu coração você vida mar sonho tempo saudade"


def invented(n=120, seed=0, names=("rap", "samba")):
    """Texts that share most words and lean to their label in the rest; (n, L) truth."""
    random = np.random.default_rng(seed)
    which = random.integers(len(names), size=n)
    texts = [
        " ".join([*random.choice(COMMON.split(), 12), *random.choice(WORDS[names[label]].split(), 4)])
        for label in which
    ]
    return texts, which[:, None] == np.arange(len(names))


def learn(texts, truth, names, *, single=True, known=None, settings=None):
    settings = settings or Settings()
    known = np.ones_like(truth) if known is None else known
    return fit(count(texts, settings), names, truth, known, settings, single=single)


def test_fitting_from_the_counts_of_all_equals_fitting_on_the_training_texts_alone():
    texts, truth = invented()
    settings = Settings(char_ngrams=(3, 4))
    blocks = count(texts, settings)
    seen, held = np.arange(80), np.arange(80, 120)
    model = fit([b.rows(seen) for b in blocks], ("rap", "samba"), truth[seen], truth[seen], settings, single=True)
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


def test_scores_of_texts_equal_those_of_their_counts():
    texts, truth = invented()
    model = learn(texts, truth, ("rap", "samba"))
    logits = model.logits(count(texts, model.settings))
    np.testing.assert_allclose(model.scores(texts)[:, 1], 1 / (1 + np.exp(logits[:, 0] - logits[:, 1])), atol=1e-5)


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
    model = learn(texts, truth, ("rap", "samba"), single=False, known=known)
    lies = truth.copy()
    lies[60:, 0] = ~lies[60:, 0]
    lied_to = learn(texts, lies, ("rap", "samba"), single=False, known=known)
    np.testing.assert_array_equal(model.coefficients[:, 0], lied_to.coefficients[:, 0])


@pytest.mark.parametrize("single", [True, False])
def test_a_label_no_training_row_has_is_never_likely(single):
    texts, truth = invented()
    truth = np.column_stack([truth, np.zeros(len(truth), bool)])
    scores = learn(texts, truth, ("rap", "samba", "ghost"), single=single).scores(texts)
    assert scores[:, 2].max() < 1e-3


def test_the_vocabulary_is_bounded_by_document_frequency():
    texts, truth = invented()
    model = learn(texts, truth, ("rap", "samba"), settings=Settings(word_ngrams=(1, 1), max_terms=10))
    assert [len(t) for t in model.terms] == [10, 10]
    assert set(model.terms[0]) == set(COMMON.split())


def test_an_artifact_scores_as_the_model_did_and_holds_no_pickle(tmp_path):
    texts, truth = invented()
    model = learn(texts, truth, ("rap", "samba")).rescaled(np.array([1.5, 1.5]), np.array([0.1, -0.1]))
    model.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.safetensors", "vocabulary.json"]
    assert json.loads((tmp_path / "vocabulary.json").read_text("utf-8"))["labels"] == ["rap", "samba"]
    loaded = LinearModel.load(tmp_path)
    assert loaded.settings == model.settings
    np.testing.assert_array_equal(loaded.scores(texts), model.scores(texts))


def test_two_fits_write_the_same_bytes(tmp_path):
    texts, truth = invented()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        learn(texts, truth, ("rap", "samba")).save(tmp_path / name)
    for file in ("model.safetensors", "vocabulary.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_text_of_unknown_words_scores_without_a_warning():
    texts, truth = invented()
    scores = learn(texts, truth, ("rap", "samba")).scores(["", "ζζζ 漢字"])
    assert np.isfinite(scores).all()


def test_importing_it_loads_no_training_library():
    heavy = ["pyarrow", "duckdb", "ibis", "dagster", "torch", "matplotlib"]
    code = f"import sys, music_platform.models.scorers.linear; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(eval(done.stdout)) <= {"pyarrow"}  # noqa: S307


@pytest.mark.parametrize("single", [True, False])
def test_a_unit_with_many_rows_weighs_as_much_as_one_with_few_if_units_are_evened(single):
    texts, truth = invented(40)
    loud = ["rima beat amor noite"] * 60
    units = np.array([f"artist {i}" for i in range(40)] + ["loud"] * 60, object)
    wrong = np.tile([False, True], (60, 1))
    both, said = texts + loud, np.vstack([truth, wrong])

    def samba(even_units):
        settings = Settings(even_units=even_units, balanced=False)
        blocks = count(both, settings)
        model = fit(blocks, ("rap", "samba"), said, np.ones_like(said), settings, single=single, units=units)
        return model.scores(["rima beat"])[0, 1]

    assert samba(1.0) < samba(0.5) < samba(0.0) - 0.02
