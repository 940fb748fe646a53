"""`music-platform tune`, as a person runs it, and the run after it; what is refused."""

import json

import pytest

from music_platform.models.tuned import Tuned
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry

pytestmark = pytest.mark.slow


def test_what_a_study_finds_is_trained_reported_and_linked(copied_home, command):
    folder = copied_home.reports / "tuning" / "intent_linear"
    before = Registry(copied_home.artifacts).current("intent", "linear")
    done = command(copied_home, "tune", "intent", "--candidate", "linear", "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert "of 3 trials, defaults" in done.stderr
    assert "models/topic_linear_study" not in done.stderr
    assert len(json.loads((folder / "study.json").read_text("utf-8"))["trials"]) == 3

    better = {"value": 0.9, "default": 0.8, "parameters": {"C": 3.0}}
    place = copied_home.tuned / "intent_linear.json"
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | better), "utf-8")
    done = command(copied_home, "run")
    assert done.returncode == 0, done.stderr
    after = Registry(copied_home.artifacts).current("intent", "linear")
    assert after != before
    assert after.manifest["config"]["C"] == 3.0
    assert after.manifest["config"]["tuned"] == Tuned.load(copied_home.tuned, "intent", "linear").trace
    assert "on fold 1, which no study sees" in (copied_home.reports / "intent" / "index.html").read_text("utf-8")
    assert "tuning/intent_linear/index.html" in (copied_home.reports / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lyrics", "--trials", "1"], "no study of 'lyrics'"),
        (["genre", "--candidate", "kmeans", "--trials", "1"], "no study of 'genre kmeans'"),
        (["genre"], "--trials N, --minutes M"),
        (["genre", "--trials", "1"], "first `music-platform run`"),
    ],
)
def test_what_cannot_be_tuned_is_refused_in_one_line(command, tmp_path, arguments, said):
    refused = command(Home.at(tmp_path / "home"), "tune", *arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert said in refused.stderr
