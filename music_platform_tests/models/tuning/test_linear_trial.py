"""A trial of the linear candidate: the folds that it sees, its reports, and the model that the best trial leads to."""

from dataclasses import replace

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.models.training import train
from music_platform.models.tuned import Tuned, plain
from music_platform.models.tuning import linear_trial
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.training_rows import PT, songs, training_rows

PLAIN = LinearHyperparameters()


def measured(rows, task="genre_pt", hyperparameters=PLAIN, report=lambda step, value: None):
    return linear_trial.measure(TASKS[task], rows, hyperparameters, report, None, lambda line: None)


@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_a_value_is_the_mean_over_four_folds_and_each_is_reported(task):
    reports = []
    value = measured(training_rows(150), task, report=lambda *step: reports.append(step))
    assert [step for step, _ in reports] == [0, 1, 2, 3]
    assert reports[-1][1] == value
    assert 0.8 < value <= 1


def test_the_held_out_fold_decides_nothing():
    rows = training_rows(150)
    held = fold_of(rows.units) == HELD_OUT
    garbled = replace(rows, texts=np.where(held, "x y z", rows.texts), truth=np.where(held[:, None], False, rows.truth))
    assert held.any()
    assert measured(rows) == measured(garbled)


def test_hyperparameters_matter():
    rows = training_rows(150)
    assert measured(rows, hyperparameters=replace(PLAIN, max_terms=3, C=0.001)) < measured(rows)


def test_too_few_units_are_refused():
    rows = training_rows(60)
    with pytest.raises(InputError, match="genre_pt: too few values of artist_key to tune on"):
        measured(replace(rows, units=np.full(60, "one artist", object)))


def test_the_model_is_trained_with_the_best_trial_and_its_manifest_says_so(tmp_path):
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))

    def trained(found: Tuned | None) -> Made:
        return train(Request(Registry(tmp_path), TASKS["genre_pt"], "linear", table, tuned=found))

    plainly = trained(None).artifact
    found = Tuned("study", 3, 0.6, 0.5, plain(PLAIN), {"C": 7.5, "word_ngrams": "1-1"})
    assert trained(replace(found, value=0.5)) == Made(plainly, is_new=False)
    new = trained(found)
    config = new.artifact.manifest.config
    assert new.is_new
    assert config["tuned"] == {"study": "study", "trials": 3, "value": 0.6, "default": 0.5}
    assert (config["C"], config["word_ngrams"], config["min_df"]) == (7.5, [1, 1], PLAIN.min_df)
    assert "tuned" not in plainly.manifest.config
    assert trained(found) == Made(new.artifact, is_new=False)
    assert trained(replace(found, trials=9)) == Made(new.artifact, is_new=False)
