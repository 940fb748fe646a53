"""Scoring files: one row out per row in, in the same order, with the reason in the row where one can't be scored."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.errors import InputError
from music_platform.serving import batch
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.support.champions import cluster_artifact, slot_artifact, text_artifacts


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    registry = Registry(tmp_path_factory.mktemp("scored") / "artifacts")
    text_artifacts(registry.root, ("intent", "topic", "genre"))
    cluster_artifact(registry.root)
    slot_artifact(registry.root)
    for path in registry.root.glob("*/*/*/manifest.json"):
        registry.promote(registry.artifact(path.parts[-4], path.parts[-2]), "the only one")
    return registry


def scored(registry: Registry, task: str, columns: dict[str, Any], folder: Path) -> pa.Table:
    pq.write_table(pa.table(columns), folder / "in.parquet")
    batch.predict_file(registry, task, folder / "in.parquet", folder / "out.parquet")
    return pq.read_table(folder / "out.parquet")


def test_rows_keep_their_order_and_a_bad_one_says_why(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ROWS", 2)
    texts = ["add and include it", None, "clear it, wipe it", "  ", "show and view it"]
    out = scored(registry, "intent", {"id": list("abcde"), "text": texts, "label": [1] * 5}, tmp_path)
    assert out["id"].to_pylist() == list("abcde")
    assert out.column_names.count("label") == 1
    labels, errors = out["label"].to_pylist(), out["error"].to_pylist()
    assert labels == ["add", None, "clear", None, "view"]
    assert [error is None for error in errors] == [True, False, True, False, True]
    assert out["labels"].to_pylist()[0] == [labels[0]]
    assert all(0 <= score <= 1 for score in out["score"].to_pylist() if score is not None)
    assert set(out["model_version"].to_pylist()) == {registry.champion("intent").id}


def test_a_batch_scores_as_single_rows_do(registry: Registry, tmp_path: Path) -> None:
    texts = ["add a song", "what is the weather", "remove it from the list"]
    together = scored(registry, "intent", {"text": texts}, tmp_path)["score"].to_pylist()
    alone = [scored(registry, "intent", {"text": [text]}, tmp_path)["score"].to_pylist()[0] for text in texts]
    assert together == pytest.approx(alone)


def test_the_text_column_is_the_one_of_the_tasks_declaration(registry: Registry, tmp_path: Path) -> None:
    columns = {"lyrics": ["the microphone is my corner in the city"], "text": ["the dusty truck is on the road"]}
    out = scored(registry, "genre", columns, tmp_path)
    assert out["label"].to_pylist() == ["rap"]
    assert out.column_names[:2] == ["lyrics", "text"]


def test_slots_are_scored_as_json(registry: Registry, tmp_path: Path) -> None:
    out = scored(registry, "slots", {"text": ["play lantern road", None]}, tmp_path)
    (slot, *_) = json.loads(out["slots"].to_pylist()[0])
    assert set(slot) == {"name", "value", "start", "end"}
    assert out["slots"].to_pylist()[1] is None
    assert out["error"].to_pylist() == [None, "text: is missing; text is required"]


def test_clusters_are_assigned_by_features(registry: Registry, tmp_path: Path) -> None:
    features = {name: [0.5, 0.1] for name in CLUSTER_FEATURES if name != "tempo"}
    out = scored(registry, "clusters", {**features, "tempo": [120.0, None]}, tmp_path)
    assert out["label"].to_pylist()[0] in registry.champion("clusters").manifest.labels
    assert out["score"].to_pylist() == [None, None]
    assert "tempo" in out["error"].to_pylist()[1]


@pytest.mark.parametrize("ending", [".csv", ".tsv.gz", ".jsonl", ".json", ".csv.zip", ".parquet.gz"])
def test_files_are_read_and_written_as_they_land(registry: Registry, tmp_path: Path, ending: str) -> None:
    header, first, second = "Track Name;Lyric;plays", 'Rain;"the microphone; my corner";3', "Sun;;4"
    (tmp_path / "in.csv").write_text(f"sep=;\n{header}\n{first}\n{second}\nbroken\n", "utf-8")
    rows = batch.predict_file(registry, "genre", tmp_path / "in.csv", tmp_path / f"out{ending}")
    assert rows == 3
    again = batch.predict_file(registry, "genre", tmp_path / f"out{ending}", tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert again == len(out)
    assert [row["Track Name"] for row in out] == ["Rain", "Sun", None]
    assert [row["Lyric"] for row in out] == ["the microphone; my corner", None, None]
    assert [row["label"] is None for row in out] == [False, True, True]
    assert out[1]["error"] == "lyrics: is missing; text is required"


def test_a_row_that_cannot_be_split_says_why(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("lyrics,plays\nthe microphone,1\nbroken\n", "utf-8")
    batch.predict_file(registry, "genre", tmp_path / "in.csv", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["error"] for row in rows] == [None, "row: 1 fields where 2 are expected"]


def test_clusters_read_decimal_commas(registry: Registry, tmp_path: Path) -> None:
    names = ";".join(CLUSTER_FEATURES)
    (tmp_path / "in.csv").write_text(f"{names}\n{'0,5;' * 4}120,5\n{'0,5;' * 4}fast\n", "utf-8")
    batch.predict_file(registry, "clusters", tmp_path / "in.csv", tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert out[0]["error"] is None
    assert out[1]["error"] == "tempo: 'fast' is not a number"


def test_an_output_of_an_unknown_format_is_refused(registry: Registry, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match=r"out\.xlsx: unknown format; name a file that ends in \.csv"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "out.xlsx")


def test_a_file_without_rows_gives_one_without_rows(registry: Registry, tmp_path: Path) -> None:
    assert len(scored(registry, "topic", {"text": pa.array([], pa.string())}, tmp_path)) == 0


def test_what_cannot_be_scored_is_refused(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no parquet")
    for task, source, said in (
        ("mood", "x.parquet", "'mood' is unknown; use one of genre"),
        ("genre_pt", "x.parquet", "no model is champion yet"),
        ("topic", "x.parquet", "Parquet"),
        ("topic", "missing.parquet", "missing.parquet"),
    ):
        with pytest.raises(InputError, match=said):
            batch.predict_file(registry, task, tmp_path / source, tmp_path / "out.parquet")
    pq.write_table(pa.table({"lyrics": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match="column text is missing"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "out.parquet")
    twice = pa.table([["x"], ["y"]], names=["text", "text"])
    pq.write_table(twice, tmp_path / "in.parquet")
    with pytest.raises(InputError, match="two columns have the same name"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
    (tmp_path / "folder").mkdir()
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match="is a folder"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "folder")
    features = {name: ["loud"] for name in CLUSTER_FEATURES}
    with pytest.raises(InputError, match=r"in\.parquet"):
        scored(registry, "clusters", features, tmp_path)
