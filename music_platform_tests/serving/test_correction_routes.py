"""Corrections over HTTP and on the command line: what is taken, where it lies, what a review may say."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from music_platform.cli.app import app as command
from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.serving.api.app import create_app
from music_platform.serving.assistant.assistant import Assistant
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.storage.home import Home
from music_platform_tests.support.serving import text_artifacts

GIVEN = {"route": "genres", "lyrics": "and the dusty truck\nis on the road", "labels": ["samba", "rap"]}
GIVEN |= {"answered": ["country"], "model_version": "7f"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("corrected")
    return Engine(write_bundle(folder / "bundle", text_artifacts(folder / "artifacts", ("genre", "genre_pt"))))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home.at(tmp_path / "home")
    home.prepare()
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(home.root))
    return home


@pytest.fixture
def client(engine: Engine, home: Home) -> Iterator[TestClient]:
    with TestClient(create_app(lambda: engine, lambda: Assistant(engine, home.state), home.root, dict)) as client:
        yield client


def test_a_correction_is_one_file_that_lands_and_waits(client: TestClient, home: Home) -> None:
    answer = client.post("/corrections", json=GIVEN)
    assert (answer.status_code, answer.json()["status"]) == (201, "waiting")
    assert set(answer.json()) == {"correction_id", "status", "trace_id"}
    (file,) = (home.landing / "corrections").iterdir()
    (line,) = file.read_text("utf-8").splitlines()
    row = json.loads(line)
    assert row.pop("corrected_at").endswith("+00:00")
    assert row == {
        "correction_id": answer.json()["correction_id"],
        "task": "genre",
        "lyrics": GIVEN["lyrics"],
        "labels": ["rap", "samba"],
        "answered": ["country"],
        "model_version": "7f",
        "source": "page",
    }
    assert [landed.path.name for landed in Landing(home.landing).files("corrections", still=0)] == [file.name]


def test_the_same_text_and_labels_are_the_same_correction(client: TestClient, home: Home) -> None:
    first = client.post("/corrections", json=GIVEN).json()["correction_id"]
    (file,) = (home.landing / "corrections").iterdir()
    content = file.read_bytes()
    again = GIVEN | {"labels": ["rap", "samba", "rap"], "answered": [], "model_version": "8"}
    assert client.post("/corrections", json=again).json()["correction_id"] == first
    assert file.read_bytes() == content
    assert client.post("/corrections", json=GIVEN | {"labels": ["rap"]}).json()["correction_id"] != first
    pt = client.post("/corrections", json=GIVEN | {"route": "genre_pt", "labels": ["gospel"]})
    assert pt.json()["correction_id"] != first
    Corrections(home.landing).decide([first], "rejected")
    assert client.post("/corrections", json=GIVEN).json()["status"] == "rejected"


@pytest.mark.parametrize(
    ("more", "where", "said"),
    [
        ({"labels": ["samba", "polka"]}, ["body", "labels", 1], "Label should be one of rap, country, samba"),
        ({"route": "genre_pt", "labels": ["samba"]}, ["body", "labels", 0], "Label should be one of gospel, sertanejo"),
        ({"route": "genre_pt", "labels": ["gospel", "sertanejo"]}, ["body", "labels"], "exactly one"),
        ({"labels": []}, ["body", "labels"], "at least 1 item"),
        ({"labels": "samba"}, ["body", "labels"], "valid list"),
        ({"labels": ["x" * 101]}, ["body", "labels", 0], "at most 100 characters"),
        ({"route": "topics"}, ["body", "route"], "'genres' or 'genre_pt'"),
        ({"lyrics": " "}, ["body", "lyrics"], "no white space"),
        ({"lyrics": "[Chorus]"}, ["body", "lyrics"], "at least one word that is sung"),
        ({"lyrics": "x" * 20_001}, ["body", "lyrics"], "at most 20000 characters"),
        ({"who": "me"}, ["body", "who"], "not permitted"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    client: TestClient, home: Home, more: dict, where: list, said: str
) -> None:
    answer = client.post("/corrections", json=GIVEN | more)
    assert answer.status_code == 422
    problem = answer.json()["detail"][0]
    assert problem["loc"] == where
    assert said in problem["msg"]
    assert not (home.landing / "corrections").exists()


def test_without_a_model_or_a_place_there_is_a_refusal(
    home: Home, tmp_path: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = Engine(write_bundle(tmp_path / "empty", {}))
    with TestClient(create_app(lambda: empty, lambda: Assistant(empty, home.state), tmp_path, dict)) as without:
        assert without.post("/corrections", json=GIVEN).status_code == 404
    (home.root / "file").write_text("")
    monkeypatch.setenv("MUSIC_PLATFORM_HOME", str(home.root / "file"))
    answer = client.post("/corrections", json=GIVEN)
    assert answer.status_code == 503
    assert "can't be written" in answer.json()["detail"][0]["msg"]


@pytest.fixture
def held(home: Home) -> tuple[Corrections, list[str]]:
    corrections = Corrections(home.landing)
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


def test_what_waits_is_listed_first(home: Home, held: tuple[Corrections, list[str]]) -> None:
    corrections, (_, second, third) = held
    corrections.decide([third], "accepted")
    listed = [(found.correction_id, status) for found, status in corrections.all()]
    assert listed[0] == (second, "waiting")
    assert listed[-1] == (third, "accepted")


def test_nothing_to_review_is_said(home: Home) -> None:
    assert "nobody sent one" in reviewed(home)[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("accept", "0" * 16), "'0000000000000000': no correction has this id"),
        (("revert", "FIRST"), "is waiting; only what was accepted can be reverted"),
        (("reject",), "expected the id of a correction"),
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


def test_a_review_that_was_killed_is_completed_by_the_next(
    home: Home, held: tuple[Corrections, list[str]], monkeypatch: pytest.MonkeyPatch
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


def test_a_killed_request_leaves_nothing_that_counts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections = Corrections(home.landing)
    monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        corrections.add("genre", "a song", ["rap"], [], "v")
    monkeypatch.undo()
    (home.landing / "corrections" / ".incoming-1f.jsonl.x").write_text('{"half')
    assert corrections.all() == []
    assert not Landing(home.landing).files("corrections", still=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON Lines"),
        ('{"correction_id": "1"}', "a row lacks a column; corrections have answered, corrected_at, correction_id"),
        ("[]", "a row lacks a column"),
    ],
)
def test_a_broken_file_is_named(home: Home, held: tuple[Corrections, list[str]], content: str, said: str) -> None:
    (home.landing / "corrections" / "mine.jsonl").write_text(content)
    with pytest.raises(InputError, match=rf"mine\.jsonl: {said}"):
        held[0].all()


def test_an_id_that_is_no_hash_is_never_a_file_name(home: Home, held: tuple[Corrections, list[str]]) -> None:
    (file, *_) = sorted((home.landing / "corrections").iterdir())
    row = json.loads(file.read_text()) | {"correction_id": "../../out"}
    (home.landing / "corrections" / "mine.jsonl").write_text(json.dumps(row))
    with pytest.raises(InputError, match="no correction has this id"):
        held[0].decide(["../../out"], "accepted")
