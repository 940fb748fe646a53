"""The review of corrections on the command line: what it shows, decides, and refuses in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from music_platform.cli.app import app as command
from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.storage.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def held(home: Home) -> tuple[Corrections, list[str]]:
    corrections = Corrections(Landing(home.landing))
    return corrections, [corrections.add("genre", f"a song {i}", ["rap"], [], "v") for i in range(3)]


def reviewed(home: Home, *arguments: str) -> tuple[str, Exception | None]:
    done = CliRunner().invoke(command, ["corrections", *arguments, "--home", str(home.root)])
    return done.output, None if isinstance(done.exception, SystemExit) else done.exception


def test_a_review_appends_decisions_and_overwrites_nothing(home: Home, held: tuple[Corrections, list[str]]) -> None:
    corrections, (first, second, third) = held
    assert "accepted" in reviewed(home, "accept", first, second)[0]
    assert "was accepted before" in reviewed(home, "accept", first)[0]
    reviewed(home, "revert", first)
    reviewed(home, "reject", third)
    reviewed(home, "accept", third)
    assert {c.correction_id: status for c, status in corrections.all()} == {
        first: "reverted",
        second: "accepted",
        third: "accepted",
    }
    decisions = [json.loads(file.read_text()) for file in sorted((home.landing / "decisions").iterdir())]
    assert len(decisions) == 5
    assert {*decisions[0]} == {"correction_id", "decision", "decided_at"}
    output, _ = reviewed(home, "list")
    for shown in (first, second, third, "reverted", "accepted", "a song 1"):
        assert shown in output


def test_nothing_to_review_is_said(home: Home) -> None:
    assert "nobody sent one" in reviewed(home)[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept", "0" * 16), "'0000000000000000': no correction has this id"),
        (("revert", "FIRST"), "is waiting; only an accepted correction can be reverted"),
        (("reject",), "give the ids to decide on"),
        (("accept", "FIRST", "../x"), "'../x': no correction has this id"),
    ],
)
def test_a_wrong_id_is_one_line_and_decides_nothing(
    home: Home, held: tuple[Corrections, list[str]], arguments: tuple[str, ...], said: str
) -> None:
    _, (first, *_) = held
    _, error = reviewed(home, *(first if argument == "FIRST" else argument for argument in arguments))
    assert isinstance(error, InputError)
    assert said in str(error)
    assert "\n" not in str(error)
    assert not (home.landing / "decisions").exists()
