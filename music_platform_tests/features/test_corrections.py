"""Corrections from the landing zone over decisions and a validated table to training rows, until they are reverted."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from music_platform import tasks
from music_platform.features.build import build
from music_platform.features.corrections import corrections
from music_platform.features.songs import song_sources, songs
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.ingest import ingest
from music_platform.ingestion.intake import land
from music_platform.ingestion.landing import Landing
from music_platform.models.corrected import corrected
from music_platform.models.rows import Rows, rows
from music_platform.schema import KINDS
from music_platform.storage.warehouse import Warehouse
from music_platform.tables import TABLES
from music_platform_tests.support.raw_rows import accepted, evaluated, raw

VERSE = "a slow lamp is on the river and you are my only boat in the night of the long road home"
GIVEN = {"correction_id": f"{1:016x}", "task": "genre", "lyrics": VERSE, "labels": ["rock"]}
GIVEN |= {"corrected_at": datetime(2025, 4, 1), "model_version": "7f"}
SONGS = accepted(songs, accepted(song_sources, raw("lyrics")))


def made(*landed: dict[str, Any], decisions: tuple[dict[str, Any], ...] = (), of: Any = SONGS) -> list[dict[str, Any]]:
    return evaluated(
        corrections, raw("corrections", *(GIVEN | row for row in landed)), raw("decisions", *decisions), of
    )


def decided(day: int, decision: str, number: int = 1) -> dict[str, Any]:
    return {"correction_id": f"{number:016x}", "decision": decision, "decided_at": datetime(2025, 5, day)}


def test_a_correction_is_cleaned_and_waits() -> None:
    (row,) = made({"lyrics": f"[Chorus]\n{VERSE} (2x)", "labels": ["Rock", "rap"]})
    assert [*row] == [column.name for column in TABLES["corrections"].columns] + ["rejected"]
    assert (row["lyrics"], row["labels"], row["language"]) == (VERSE, ["rap", "rock"], "en")
    assert (row["status"], row["decided_at"], row["song_ids"], row["rejected"]) == ("waiting", None, [], None)


def test_the_last_decision_counts() -> None:
    said = (decided(3, "reverted"), decided(1, "rejected"), decided(2, "accepted"), decided(9, "perhaps"))
    (row,) = made({}, decisions=(*said, decided(9, "accepted", 2)))
    assert (row["status"], row["decided_at"]) == ("reverted", datetime(2025, 5, 3))
    (row,) = made({}, decisions=said[1:3])
    assert row["status"] == "accepted"


def test_the_songs_of_a_text_are_named() -> None:
    sung = [("Ana", "Boat", VERSE), ("Céu", "Cover", f"{VERSE.title()}!"), ("Céu", "Other", f"{VERSE} again")]
    landed = [{"artist": a, "title": t, "lyrics": x, "genres": ["rap"]} for a, t, x in sung]
    known = accepted(songs, accepted(song_sources, raw("lyrics", *landed)))
    ids = {song["title"]: song["song_id"] for song in known.to_pylist()}
    (row,) = made({"lyrics": VERSE.upper()}, of=known)
    assert row["song_ids"] == sorted([ids["Boat"], ids["Cover"]])


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"task": "topic"}, f"task: 'topic' is not one of {', '.join(task.name for task in tasks.corrected())}"),
    ({"labels": ["noise music"]}, "labels: 'noise music' is not a known genre"),
    ({"labels": []}, "labels: no label is given; at least one is required"),
    ({"labels": None}, "labels: no label is given; at least one is required"),
    ({"task": "genre_pt", "labels": ["rap", "rock"]}, "labels: 2 labels are given; exactly one is required"),
    ({"task": "genre_pt", "labels": []}, "labels: 0 labels are given; exactly one is required"),
    ({"lyrics": None}, "lyrics: the value is missing"),
    ({"lyrics": "[Chorus]"}, "lyrics: the word count 0 is outside the limits"),
    ({"correction_id": None}, "correction_id: the value is missing"),
    ({"corrected_at": None}, "corrected_at: the value is missing"),
]


@pytest.fixture(scope="module")
def unusable() -> dict[str, str]:
    """Row id -> the reason against the correction."""
    landed = made(*(row for row, _ in UNUSABLE))
    return {row["row_id"]: row["rejected"] for row in landed}


@pytest.mark.parametrize("place", range(len(UNUSABLE)), ids=[str(row) for row, _ in UNUSABLE])
def test_a_correction_that_can_not_train_says_why(place: int, unusable: dict[str, str]) -> None:
    assert unusable[f"f:{place + 1}"].startswith(UNUSABLE[place][1])


def test_a_correction_landed_twice_is_one() -> None:
    assert [row["rejected"] for row in made({}, {})] == [None, "the row is a duplicate of f:1"]


def song(number: int, genre: str) -> dict[str, Any]:
    words = f"{VERSE} {genre} {number}"
    at = "2025-03-01T00:00:00"
    return {"artist": f"Artist {number}", "title": "T", "lyrics": words, "genres": [genre], "fetched_at": at}


class Platform:
    """The way from the landing zone to training rows, as the assets go it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.landing = folder, Landing(folder / "landing")
        self.warehouse = Warehouse(folder / "warehouse.duckdb")
        path = folder / "lyrics.jsonl"
        path.write_text("\n".join(json.dumps(song(i, ["rap", "rock"][i % 2])) for i in range(60)))
        land(self.landing, "lyrics", path)

    def run(self) -> tuple[Rows, bool]:
        """Bring all tables up to date; the rows of `genre`, and whether the table of corrections changed."""
        for kind in ("lyrics", "corrections", "decisions"):
            ingest(self.warehouse, self.landing, KINDS[kind])
        done = False
        for transform, inputs in (
            (song_sources, ("ingestion.lyrics",)),
            (songs, ("features.song_sources",)),
            (corrections, ("ingestion.corrections", "ingestion.decisions", "features.songs")),
        ):
            done = build(self.warehouse, TABLES[transform.__name__], transform, inputs, self.folder).changed
        query = "SELECT * FROM features.corrections WHERE status = 'accepted' AND task = ?"
        table, fixed = self.warehouse.arrow("SELECT * FROM features.songs"), self.warehouse.arrow(query, ["genre"])
        return rows(tasks.TASKS["genre"], corrected(table, fixed, 5)), done


@pytest.mark.slow
def test_accepted_corrections_train_until_they_are_reverted(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    before, _ = platform.run()
    assert before.judged.all()
    assert set(before.weights) == {1}

    page = Corrections(platform.landing)
    known = page.add("genre", song(0, "rap")["lyrics"].upper(), ["rock"], ["rap"], "v1")
    new = page.add("genre", f"{VERSE} and a text that nobody knew", ["rap"], [], "v1")
    other = page.add("genre_pt", f"{VERSE} of another task", ["rap"], [], "v1")
    waiting, changed = platform.run()
    assert changed
    assert waiting.ids.tolist() == before.ids.tolist()

    page.decide([known, new, other], "accepted")
    after, _ = platform.run()
    assert not platform.run()[1]
    assert len(after.ids) == len(before.ids) + 1
    only_train = after.at(~after.judged)
    assert only_train.weights.tolist() == [5, 5]
    right = [after.labels[i] for i in only_train.truth.argmax(axis=1)]
    assert {*zip((text[-4:] for text in only_train.texts), right, strict=True)} == {("ap 0", "rock"), ("knew", "rap")}
    assert only_train.known.all()
    assert "Artist 0".lower() in only_train.units

    page.decide([known, new], "reverted")
    reverted, _ = platform.run()
    assert reverted.ids.tolist() == before.ids.tolist()
    assert (reverted.truth == before.truth).all()
    assert reverted.judged.all()
    (landed,) = platform.warehouse.sql.execute("SELECT count(*) FROM ingestion.decisions").fetchone()
    assert landed == 5
    platform.warehouse.close()
