"""Corrections after a kill, in broken files, and under ids that nobody gave."""

import json
import os
from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing


@pytest.fixture
def held(zone: Landing) -> tuple[Corrections, list[str]]:
    corrections = Corrections(zone)
    return corrections, [corrections.add("genre", f"a song {i}", ["rap"], [], "v") for i in range(3)]


def test_what_waits_is_listed_first(held: tuple[Corrections, list[str]]) -> None:
    corrections, (_, second, third) = held
    corrections.decide([third], "accepted")
    listed = [(found.correction_id, status) for found, status in corrections.all()]
    assert listed[0] == (second, "waiting")
    assert listed[-1] == (third, "accepted")


def test_a_review_that_was_killed_is_completed_by_the_next(
    zone: Landing, held: tuple[Corrections, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    corrections, identifiers = held
    replace, done = Path.replace, []

    def killed(self: Path, target: os.PathLike) -> Path:
        if done:
            raise KeyboardInterrupt
        done.append(target)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        corrections.decide(identifiers, "accepted")
    monkeypatch.undo()
    assert sorted(status for _, status in corrections.all()) == ["accepted", "waiting", "waiting"]
    assert corrections.decide(identifiers, "accepted") == identifiers[1:]
    assert {status for _, status in corrections.all()} == {"accepted"}


def test_a_killed_request_leaves_nothing_that_counts(zone: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections = Corrections(zone)
    monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        corrections.add("genre", "a song", ["rap"], [], "v")
    monkeypatch.undo()
    (zone.root / "corrections" / ".incoming-1f.jsonl.x").write_text('{"half')
    assert corrections.all() == []
    assert not zone.files("corrections", still=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON Lines"),
        ('{"correction_id": "1"}', "a row lacks a column; corrections have answered, corrected_at, correction_id"),
        ("[]", "a row lacks a column"),
    ],
)
def test_a_broken_file_is_named(zone: Landing, held: tuple[Corrections, list[str]], content: str, said: str) -> None:
    (zone.root / "corrections" / "mine.jsonl").write_text(content)
    with pytest.raises(InputError, match=rf"mine\.jsonl: {said}"):
        held[0].all()


def test_an_id_that_is_no_hash_is_never_a_file_name(zone: Landing, held: tuple[Corrections, list[str]]) -> None:
    (file, *_) = sorted((zone.root / "corrections").iterdir())
    row = json.loads(file.read_text()) | {"correction_id": "../../out"}
    (zone.root / "corrections" / "mine.jsonl").write_text(json.dumps(row))
    with pytest.raises(InputError, match="no correction has this id"):
        held[0].decide(["../../out"], "accepted")
