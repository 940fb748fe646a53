"""A study of the small sample, and the model, the report and the page that are made after it."""

import json

import pytest

from music_platform.defs.keys import OVERVIEW, model_key, report_key, study_key
from music_platform.jobs import run_job
from music_platform.models.tuned import Tuned
from music_platform.storage.registry import Registry

pytestmark = pytest.mark.slow


def test_what_a_study_finds_is_trained_reported_and_linked(copied_home, command):
    folder = copied_home.reports / "tuning" / "topic_linear"
    before = Registry(copied_home.artifacts).current("topic", "linear")
    done = command(copied_home, "tune", "topic", "--candidate", "linear", "--trials", "3")
    assert done.code == 0, done.err
    assert "of 3 trials, defaults" in done.err
    assert "models/intent_linear_study" not in done.err
    assert len(json.loads((folder / "study.json").read_text("utf-8"))["trials"]) == 3

    better = {"value": 0.9, "default": 0.8, "parameters": {"C": 3.0}}
    place = copied_home.tuned / "topic_linear.json"
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | better), "utf-8")
    made = study_key("topic", "linear"), model_key("topic", "linear"), report_key("topic"), OVERVIEW
    assert run_job(copied_home, "platform", {"budget": 0.0}, made)
    after = Registry(copied_home.artifacts).current("topic", "linear")
    assert after != before
    assert after.manifest.config["C"] == 3.0
    assert after.manifest.config["tuned"] == Tuned.load(copied_home.tuned, "topic", "linear").trace
    assert "no study sees that fold" in (copied_home.reports / "topic" / "index.html").read_text("utf-8")
    assert "tuning/topic_linear/index.html" in (copied_home.reports / "index.html").read_text("utf-8")
