"""Reports: written when artifacts, tracks, code or templates changed, and only then."""

import pyarrow as pa
from music_platform.models.candidates import Request

from music_platform.evaluation.assess import assess_clusters, assess_text, overview
from music_platform.models.linear_training import train, train_clusters
from music_platform.models.rows import TASKS
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.evaluation.test_clustering import tracks
from music_platform_tests.models.test_tasks import PT, songs


def table(genre: str) -> pa.Table:
    features, artists, genres = tracks(60)
    names = {"track_name": [f"song {i}" for i in range(60)], "artists": artists, "artist_key": artists}
    genres = [found and genre for found in genres]
    columns = dict(zip(CLUSTER_FEATURES, features.T, strict=True)) | names
    return pa.table(columns | {"genre": genres, "popularity": [float(i) for i in range(60)]})


def test_the_clusters_report_follows_the_tracks_though_the_fit_does_not(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    artifact, _ = train_clusters(registry, table("rock"))
    assert train_clusters(registry, table("samba")) == (artifact, False)

    def assessed(genre, version):
        return assess_clusters(registry, lambda: table(genre), tmp_path, version)

    assert assessed("rock", "1").changed
    assert not assessed("rock", "1").changed
    again = assessed("samba", "2")
    assert again.changed
    assert [g["label"] for g in again.metrics["candidates"]["kmeans"]["genres"]] == ["samba"]


def test_reports_and_overview_are_written_once_and_again_for_another_template(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "artifacts")
    table = songs((20, "pt", ["samba"], PT), (20, "pt", ["rap"], PT))
    train(Request(registry, "genre_pt", table, 0, registry.root))

    def changed():
        report = assess_text(registry, TASKS["genre_pt"], ("linear",), tmp_path)
        return report.changed, overview(tmp_path)[1]

    assert changed() == (True, True)
    assert changed() == (False, False)
    monkeypatch.setattr("music_platform.evaluation.assess.content_hash", lambda path: f"other {path.name}")
    assert changed() == (True, True)
    assert changed() == (False, False)
