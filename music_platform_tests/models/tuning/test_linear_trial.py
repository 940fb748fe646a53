"""A trial of the linear candidate: what it sees, what it reports, and the model that comes of the best one."""

from dataclasses import replace

import numpy as np
import pytest
from music_platform.models.candidates import Request

from music_platform.errors import InputError
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models import linear_training as training
from music_platform.models.rows import TASKS
from music_platform.models.tuned import Tuned, plain
from music_platform.models.tuning.study import linear_trial
from music_platform.storage.registry import Registry
from music_platform_tests.models.test_crossfit import training_rows
from music_platform_tests.models.test_tasks import PT, songs


def measured(rows, task="genre_pt", settings=None, report=lambda step, value: None):
    chosen = TASKS[task]
    return linear_trial.measure(chosen, rows, settings or chosen.linear, report, None, lambda line: None)


@pytest.mark.parametrize("task", ["genre", "genre_pt"])
def test_a_value_is_the_mean_over_four_folds_and_each_is_reported(task):
    reports = []
    value = measured(training_rows(200), task, report=lambda *step: reports.append(step))
    assert [step for step, _ in reports] == [0, 1, 2, 3]
    assert reports[-1][1] == value
    assert 0.8 < value <= 1


def test_the_held_out_fold_decides_nothing():
    rows = training_rows(200)
    held = fold_of(rows.units) == HELD_OUT
    garbled = replace(rows, texts=np.where(held, "x y z", rows.texts), truth=np.where(held[:, None], False, rows.truth))
    assert held.any()
    assert measured(rows) == measured(garbled)


def test_settings_matter():
    rows = training_rows(200)
    poor = replace(TASKS["genre_pt"].linear, max_terms=3, C=0.001)
    assert measured(rows, settings=poor) < measured(rows)


def test_too_few_units_are_refused():
    rows = training_rows(60)
    with pytest.raises(InputError, match="artist_key"):
        measured(replace(rows, units=np.full(60, "one artist", object)))


def test_the_model_is_trained_with_what_was_found_and_its_manifest_says_so(tmp_path):
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))
    registry, defaults = Registry(tmp_path), TASKS["genre_pt"].linear

    def trained(found):
        return training.train(Request(registry, "genre_pt", table, 0, tmp_path, tuned=found))

    plainly, _ = trained(None)
    found = Tuned("study", 3, 0.6, 0.5, plain(defaults), {"C": 7.5, "word_ngrams": "1-1"})
    assert trained(replace(found, value=0.5)) == (plainly, False)
    artifact, made = trained(found)
    config = artifact.manifest["config"]
    assert made
    assert config["tuned"] == {"study": "study", "trials": 3, "value": 0.6, "default": 0.5}
    assert (config["C"], config["word_ngrams"], config["min_df"]) == (7.5, [1, 1], defaults.min_df)
    assert "tuned" not in plainly.manifest["config"]
    assert trained(found) == (artifact, False)
    assert trained(replace(found, trials=9)) == (artifact, False)
