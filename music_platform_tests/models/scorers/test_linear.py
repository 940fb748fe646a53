"""The scorer of the linear model: the scores of a text are those of its counts, and an artifact keeps them."""

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer

from music_platform.models.linear_fitting import count, fit
from music_platform.models.scorers.linear import LinearHyperparameters, LinearModel, weighted
from music_platform_tests.support.training_rows import invented

TEXTS, TRUTH = invented()


@pytest.fixture(scope="module")
def model() -> LinearModel:
    hyperparameters = LinearHyperparameters()
    blocks = count(TEXTS, hyperparameters)
    return fit(blocks, ("rap", "samba"), TRUTH, np.ones_like(TRUTH), hyperparameters, single=True)


def test_scores_of_texts_equal_those_of_their_counts(model):
    logits = model.logits(count(TEXTS, model.hyperparameters))
    np.testing.assert_allclose(model.scores(TEXTS)[:, 1], 1 / (1 + np.exp(logits[:, 0] - logits[:, 1])), atol=1e-5)


def test_an_artifact_scores_as_the_model_did_and_holds_no_pickle(model, tmp_path):
    model = model.rescaled(np.array([1.5, 1.5]), np.array([0.1, -0.1]))
    model.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.safetensors", "vocabulary.json"]
    assert json.loads((tmp_path / "vocabulary.json").read_text("utf-8"))["labels"] == ["rap", "samba"]
    loaded = LinearModel.load(tmp_path)
    assert loaded.hyperparameters == model.hyperparameters
    np.testing.assert_array_equal(loaded.scores(TEXTS), model.scores(TEXTS))


def test_text_of_unknown_words_scores_without_a_warning(model):
    assert np.isfinite(model.scores(["", "ζζζ 漢字"])).all()


def test_importing_it_loads_no_training_library():
    heavy = {"duckdb", "ibis", "dagster", "torch", "matplotlib"}
    code = f"import sys, music_platform.models.scorers.linear; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_counts_are_weighted_as_scikit_learn_weighs_them():
    counts = count([*TEXTS, "ζ"], LinearHyperparameters(min_df=1))[0].counts[:-1]
    reference = TfidfTransformer(sublinear_tf=True).fit(counts)
    found = weighted(counts, reference.idf_)
    np.testing.assert_allclose(found.toarray(), reference.transform(counts).toarray(), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.toarray(), axis=1), 1, atol=1e-6)


def test_a_document_without_terms_weighs_nothing():
    assert not weighted(sp.csr_matrix((2, 3), dtype=np.float32), np.ones(3)).nnz
