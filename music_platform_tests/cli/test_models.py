"""The commands about trained models, on a home with two artifacts of one task."""

import json

import pytest

from music_platform.storage.home import Home
from music_platform.storage.registry import Registry


@pytest.fixture
def home(tmp_path):
    """A home whose task `topic` had two champions."""
    home = Home.at(tmp_path / "home")
    home.prepare()
    registry = Registry(home.artifacts)
    for name in ("first", "second"):
        facts = {"fingerprint": name, "data_hash": "", "code_version": "", "rows": 3, "metrics": {"accuracy": 0.5}}
        artifact = registry.save("topic", "linear", lambda folder, name=name: (folder / name).touch(), facts)
        registry.promote(artifact, name)
    return home


def test_a_rollback_makes_the_champion_before_champion_again(command, home):
    registry = Registry(home.artifacts)
    first, second = (promotion.artifact for promotion in registry.history("topic"))
    assert registry.champion("topic").id == second
    done = command(home, "rollback", "topic")
    assert done.out == f"topic: {first} (linear) is champion again\n"
    assert registry.champion("topic").id == first
    assert command(home, "rollback", "topic").is_refused_in_one_line


def test_models_lists_champions_and_those_before_them(command, home):
    rows = json.loads(command(home, "models", "--json").out)
    assert [(row["why"], row["champion"], row["metrics"]) for row in rows] == [
        ("first", False, {"accuracy": 0.5}),
        ("second", True, {"accuracy": 0.5}),
    ]
    assert command(home, "models").out.count("accuracy 0.500") == 2


def test_a_file_is_scored_by_a_known_task_only(command, home, tmp_path):
    refused = command(home, "predict", "mood", "--input", str(tmp_path / "in"), "--output", str(tmp_path / "out"))
    assert refused.is_refused_in_one_line, refused.err
    assert "mood" in refused.err
