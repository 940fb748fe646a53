"""Evaluation of clusters, on invented tracks whose structure is known."""

import json

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.evaluation import clustering
from music_platform.evaluation.choice import choose
from music_platform.evaluation.neighbours import neighbour_figures, neighbour_precision
from music_platform.evaluation.tracks import tracks
from music_platform.models.cluster_training import fit
from music_platform.tasks import TASKS
from music_platform_tests.support.evaluation_samples import grouped_tracks

KMEANS = TASKS["clusters"]


def evaluate(found, k=4, *, model=None, **options):
    chosen = {"ks": (2,), "resamples": 50} | options
    return clustering.evaluate(KMEANS, found, {"kmeans": model or fit(found.features, k)}, **chosen)


@pytest.fixture(scope="module")
def result():
    return evaluate(tracks(*grouped_tracks()), ks=(2, 4, 6))


def test_clear_groups_are_found_stable_and_near_tracks_share_the_genre(result):
    figures = result["candidates"]["kmeans"]["figures"]
    assert figures["stability"]["value"] > 0.95
    assert figures["silhouette"]["value"] > 0.6
    assert figures["precision_at_5"]["value"] > 0.95
    assert json.loads(json.dumps(result)) == result


def test_sizes_and_profiles_are_in_original_units(result):
    clusters = result["candidates"]["kmeans"]["clusters"]
    assert sum(c["rows"] for c in clusters) == 600
    assert sum(c["share"] for c in clusters) == pytest.approx(1, abs=1e-5)
    assert sorted(round(c["mean"]["tempo"], -1) for c in clusters) == [80, 100, 120, 140]


def test_the_scan_prefers_the_true_number_and_ablation_covers_each_feature(result):
    candidate = result["candidates"]["kmeans"]
    means = {entry["k"]: np.mean(entry["silhouettes"]) for entry in candidate["scan"]}
    assert max(means, key=means.get) == 4
    variants = {row["variant"]: row for row in candidate["ablation"]}
    assert len(variants) == 7
    assert variants["all features, scaled"]["same_clusters"] == 1
    assert variants["not scaled"]["same_clusters"] < 1


class Parity:
    """Clusters that have nothing to do with the features: tracks in turn."""

    names = ("even", "odd")
    standardised = staticmethod(lambda features: features)
    assign = staticmethod(lambda features: np.arange(len(features)) % 2)


def test_the_clusters_of_the_model_are_judged_and_not_refits():
    result = evaluate(tracks(*grouped_tracks(200)), model=Parity())
    clusters = result["candidates"]["kmeans"]["clusters"]
    assert [(c["name"], c["rows"]) for c in clusters] == [("even", 100), ("odd", 100)]
    assert result["candidates"]["kmeans"]["figures"]["silhouette"]["value"] < 0.1


def test_of_two_models_the_better_one_is_champion():
    found = tracks(*grouped_tracks(90))
    both = {"parity": Parity(), "kmeans": fit(found.features)}
    result = clustering.evaluate(KMEANS, found, both, ks=(2,), resamples=20, unserved={"parity": "It is not served."})
    assert (result["champion"], result["unserved"]) == ("kmeans", {"parity": "It is not served."})
    assert {name: c["k"] for name, c in result["candidates"].items()} == {"parity": 2, "kmeans": 4}
    assert choose(result["candidates"], result["main"]) == "kmeans"
    assert choose(result["candidates"], result["main"], unserved={"kmeans"}) == "parity"


def test_without_genres_the_neighbour_figures_are_none():
    features, artists, _ = grouped_tracks(100)
    candidate = evaluate(tracks(features, artists))["candidates"]["kmeans"]
    assert candidate["rows_with_genre"] == 0
    assert candidate["figures"]["precision_at_5"]["value"] is None
    assert candidate["figures"]["stability"]["value"] is not None


def test_features_must_be_finite_and_enough():
    features, artists, genres = grouped_tracks(50)
    model = fit(features)
    with pytest.raises(InputError, match="clusters: 7 tracks are too few to evaluate, at least 8 are needed"):
        evaluate(tracks(features[:7], artists[:7], genres[:7]), model=model)
    features[3, 2] = np.nan
    with pytest.raises(InputError, match=r"instrumentalness.* is not finite"):
        tracks(features, artists, genres)


def shares(genres, songs=None, clusters=None, others=None):
    songs = np.arange(len(genres)) if songs is None else np.array(songs)
    points = np.arange(len(genres), dtype=float)[:, None]
    clusters = np.zeros(len(genres), int) if clusters is None else np.array(clusters)
    return neighbour_precision(points, np.array(genres), clusters, songs, songs if others is None else np.array(others))


def test_neighbour_precision_worked_by_hand():
    found = shares([0, 0, 0, 1])
    # three other tracks each: two of genre 0 beside a track of genre 0, none beside the track of genre 1
    assert found[:, 0] == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])
    assert (found[:, 0] == found[:, 1]).all()


def test_only_the_five_nearest_count_and_never_the_track_itself():
    found = shares([0, 0, 0, 1, 1, 1, 1, 1])
    assert found[0] == pytest.approx([2 / 5, 2 / 7])
    assert found[7] == pytest.approx([4 / 5, 4 / 7])


def test_neighbours_come_from_the_same_cluster():
    found = shares([0, 1, 0, 1], clusters=[0, 1, 0, 1])
    assert (found[:, 0] == 1).all()


def test_the_artist_filter_leaves_out_the_artists_own_tracks():
    found = shares([0, 0, 1, 1], others=[7, 7, 8, 9])
    assert found[:2, 0].tolist() == [0, 0]
    assert found[2] == pytest.approx([1 / 3, 1 / 3])


def test_recordings_of_one_song_are_no_neighbours_of_each_other_and_one_of_the_rest():
    found = shares([0, 0, 1, 1, 0], songs=[5, 5, 6, 6, 7])
    # The neighbours of track 0 are one recording of song 6 and song 7; at random, two of song 6 and song 7.
    assert found[0] == pytest.approx([1 / 2, 1 / 3])
    assert found[4] == pytest.approx([1 / 2, 1 / 2])


def test_more_recordings_of_one_song_make_no_figure_better():
    features, artists, genres = grouped_tracks(200)
    model = fit(features)
    twice = np.repeat(features, 2, axis=0), np.repeat(artists, 2), np.repeat(genres, 2).tolist()
    once = evaluate(tracks(features, artists, genres), model=model)
    again = evaluate(tracks(*twice, songs=[f"song {i // 2}" for i in range(400)]), model=model)
    one, two = (r["candidates"]["kmeans"]["figures"]["precision_at_5"]["value"] for r in (once, again))
    assert two == pytest.approx(one, abs=0.01)


def test_a_track_alone_in_its_cluster_says_nothing():
    found = shares([0, 0, 0], clusters=[0, 1, 1])
    assert np.isnan(found[0]).all()
    assert found[1, 0] == 1


def test_neighbour_figures_compare_with_chance_and_the_most_frequent_genre():
    genres, artists = np.array([0, 0, 0, 1]), np.arange(4)
    figures = neighbour_figures(np.array([[1.0, 0.5]] * 4), genres, artists, resamples=50)
    assert figures["nearest"]["value"] == 1
    assert figures["over_random"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert figures["most_frequent"]["value"] == 0.75
