"""Scoring files: one row out per row in, in the same order, with what went wrong said in the row."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.errors import InputError
from music_platform.serving import batch
from music_platform.storage.registry import Registry

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(sample_home):
    return Registry(sample_home.artifacts)


def scored(registry, task, columns, tmp_path):
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    batch.predict_file(registry, task, tmp_path / "in.parquet", tmp_path / "out.parquet")
    return pq.read_table(tmp_path / "out.parquet")


def test_rows_keep_their_order_and_a_bad_one_says_why(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "ROWS", 2)
    texts = ["add this song to my list", None, "clear the list", "  ", "show my playlist"]
    out = scored(registry, "intent", {"id": list("abcde"), "text": texts, "label": [1] * 5}, tmp_path)
    assert out["id"].to_pylist() == list("abcde")
    assert out.column_names.count("label") == 1
    labels, errors = out["label"].to_pylist(), out["error"].to_pylist()
    assert [label is None for label in labels] == [False, True, False, True, False]
    assert [error is None for error in errors] == [True, False, True, False, True]
    assert out["labels"].to_pylist()[0] == [labels[0]]
    assert all(0 <= score <= 1 for score in out["score"].to_pylist() if score is not None)
    assert set(out["model_version"].to_pylist()) == {registry.champion("intent").id}


def test_a_batch_scores_as_single_rows_do(registry, tmp_path):
    texts = ["add a song", "what is the weather", "remove it from the list"]
    together = scored(registry, "intent", {"text": texts}, tmp_path)["score"].to_pylist()
    alone = [scored(registry, "intent", {"text": [text]}, tmp_path)["score"].to_pylist()[0] for text in texts]
    assert together == pytest.approx(alone)


def test_clusters_are_assigned_by_features(registry, tmp_path):
    features = {name: [0.5, 0.1] for name in ("danceability", "speechiness", "instrumentalness", "valence")}
    out = scored(registry, "clusters", {**features, "tempo": [120.0, None]}, tmp_path)
    assert out["label"].to_pylist()[0] in registry.champion("clusters").manifest["labels"]
    assert "tempo" in out["error"].to_pylist()[1]


def test_a_file_without_rows_gives_one_without_rows(registry, tmp_path):
    assert len(scored(registry, "topic", {"text": pa.array([], pa.string())}, tmp_path)) == 0


def test_what_cannot_be_scored_is_refused(registry, tmp_path):
    (tmp_path / "x.parquet").write_text("no parquet")
    for task, source, said in (
        ("mood", "x.parquet", "unknown"),
        ("topic", "x.parquet", "Parquet"),
        ("topic", "missing.parquet", "missing.parquet"),
    ):
        with pytest.raises(InputError, match=said):
            batch.predict_file(registry, task, tmp_path / source, tmp_path / "out.parquet")
    pq.write_table(pa.table({"lyrics": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match="column text is missing"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
    (tmp_path / "folder").mkdir()
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "in.parquet")
    with pytest.raises(InputError, match="is a folder"):
        batch.predict_file(registry, "topic", tmp_path / "in.parquet", tmp_path / "folder")
    features = {name: ["loud"] for name in ("danceability", "speechiness", "instrumentalness", "valence", "tempo")}
    with pytest.raises(InputError, match=r"in\.parquet"):
        scored(registry, "clusters", features, tmp_path)
