"""The page of a study, and tuned candidates in the report of a task."""

import json

import numpy as np
import pytest

from music_platform.evaluation import classification, studies
from music_platform.evaluation.report import write_overview, write_report
from music_platform.evaluation.studies import draw, write_study
from music_platform.models.tuned import Tuned
from music_platform.models.tuning.study import Study, Trial
from music_platform.tasks import TASKS
from music_platform_tests.support.evaluation_samples import predictions

PARAMETERS = {"C": 2.0, "word_ngrams": "1-2"}


def study(values=(0.5, 0.6, 0.4), importance=None):
    trials = tuple(
        Trial(i, value, i == 2, "" if i else "defaults", PARAMETERS | {"C": 2.0 + i}, 3.0)
        for i, value in enumerate(values)
    )
    best = max(trials, key=lambda trial: trial.value)
    tuned = Tuned("genre_pt-linear-x-y", len(trials), best.value, values[0], {}, best.parameters)
    return Study("genre_pt", "linear", "macro_f1", tuned, trials, importance or {}, len(trials))


def test_a_page_shows_the_search_and_every_trial(tmp_path):
    page = write_study(tmp_path, study(importance={"C": 0.8, "word_ngrams": 0.2}))
    text = page.read_text("utf-8")
    assert "Trial 1 is better than the defaults" in text
    assert "0.4000, pruned" in text
    assert "0 (defaults)" in text
    assert text.count("data:image/png;base64,") == 2
    assert page == tmp_path / "tuning" / "genre_pt_linear" / "index.html"
    assert {path.name for path in page.parent.glob("*.png")} == {"history.png", "importance.png"}
    known = json.loads((page.parent / "study.json").read_text("utf-8"))
    assert [trial["pruned"] for trial in known["trials"]] == [False, False, True]
    assert known["value"] == 0.6


def test_a_study_that_found_nothing_better_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(studies, "png", lambda plot: b"")
    for values in ((0.5,), (0.5, 0.504)):
        assert f"None of {len(values)} trials is better" in write_study(tmp_path, study(values)).read_text("utf-8")
    assert set(draw(study((0.5,)))) == {"history"}


@pytest.mark.parametrize("task", ["genre_pt", "genre"])
def test_a_tuned_candidate_is_reported_on_the_fold_that_no_study_saw(tmp_path, task):
    p = predictions(single=TASKS[task].single)
    trace = {"study": f"{task}-linear-x-y", "trials": 3, "value": 0.6, "default": 0.5}
    report = classification.evaluate(TASKS[task], {"linear": p}, facts={"linear": {"tuned": trace}}, resamples=50)
    alone = report["candidates"]["linear"]["tuned"]["untouched"]
    (fold,) = (entry for entry in report["candidates"]["linear"]["folds"] if entry["fold"] == 0)
    assert alone["rows"] == fold["rows"] == np.sum(p.folds == 0)
    assert alone["figures"]["micro_f1"]["value"] == pytest.approx(fold["micro_f1"])
    assert alone["figures"]["macro_f1"]["low"] < alone["figures"]["macro_f1"]["high"]
    page = write_report(tmp_path / task, report, {}).read_text("utf-8")
    assert f'href="../tuning/{task}_linear/index.html"' in page
    plain = classification.evaluate(TASKS[task], {"linear": p}, resamples=50)
    assert "tuning" not in write_report(tmp_path / task, plain, {}).read_text("utf-8")
    assert "tuning" not in write_overview(tmp_path, [plain]).read_text("utf-8")
