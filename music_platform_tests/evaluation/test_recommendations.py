"""Figures of recommendations, on invented tracks where the right value is known."""

import numpy as np
import pytest

from music_platform.evaluation.recommendations import recommendation_figures
from music_platform.evaluation.tracks import Tracks


def figures(rows=400, *, genre_of=lambda x: x > 0, popularity=None, artists=None, songs=None, clusters=None):
    """Tracks on a line, in one cluster, by two genres."""
    place = np.linspace(-1, 1, rows)
    points = np.column_stack([place, np.zeros(rows)])
    line = Tracks(
        points,
        artist=np.arange(rows) if artists is None else artists,
        song=np.arange(rows) if songs is None else songs,
        genre=genre_of(place).astype(int),
        genres=("low", "high"),
        popularity=np.arange(rows, dtype=float) if popularity is None else popularity,
    )
    return recommendation_figures(
        line, points, np.zeros(rows, int) if clusters is None else clusters, resamples=100, seed=0
    )


def test_near_tracks_share_what_lies_near_and_random_ones_do_not():
    found = figures()
    precision = found["figures"]["recommended_precision_at_5"]
    assert precision["nearest"]["value"] > 0.97
    assert precision["random"]["value"] == pytest.approx(0.5, abs=0.05)
    assert precision["popular"]["value"] == pytest.approx(0.5, abs=0.01)  # always of the genre at the popular end
    gain = found["gain"]["recommended_precision_at_5"]["random"]
    assert gain["low"] < gain["value"] < gain["high"]
    assert gain["value"] == pytest.approx(precision["nearest"]["value"] - precision["random"]["value"])
    assert found["ratio"]["value"] == pytest.approx(precision["nearest"]["value"] / precision["random"]["value"])
    diversity = found["figures"]["diversity"]
    assert diversity["nearest"]["value"] < 0.05 < diversity["random"]["value"]
    assert diversity["random"]["value"] == pytest.approx(2 / 3, abs=0.05)  # of two random places on a line of 2


def test_popular_tracks_are_biased_and_cover_nothing():
    found = figures()["figures"]
    assert found["popularity_bias"]["nearest"]["value"] == pytest.approx(0, abs=0.01)
    assert found["popularity_bias"]["random"]["value"] == pytest.approx(0, abs=0.05)
    assert found["popularity_bias"]["popular"]["value"] == pytest.approx(0.5, abs=0.02)
    assert found["coverage"]["popular"]["value"] == pytest.approx(6 / 400, abs=1 / 400)
    assert found["coverage"]["nearest"]["value"] > 0.95


def test_tracks_without_a_genre_or_popularity_are_recommended_but_not_judged():
    unknown = figures(200, genre_of=lambda x: np.where(np.arange(len(x)) % 2, -1, x > 0))
    assert unknown["figures"]["recommended_precision_at_5"]["nearest"]["value"] > 0.95
    nothing = figures(100, genre_of=lambda x: np.full(len(x), -1), popularity=np.full(100, np.nan))
    for name in ("recommended_precision_at_5", "popularity_bias"):
        assert {entry["value"] for entry in nothing["figures"][name].values()} == {None}
    assert nothing["ratio"]["value"] is None
    assert nothing["figures"]["diversity"]["nearest"]["value"] > 0


def test_every_system_keeps_the_rules_of_the_service():
    # Ten artists of 20 tracks each, side by side: five neighbours need three artists at least.
    crowded = figures(200, artists=np.arange(200) // 20)
    alone = figures(200)
    assert crowded["figures"]["diversity"]["nearest"]["value"] > 2 * alone["figures"]["diversity"]["nearest"]["value"]
    one_song = figures(60, songs=np.zeros(60, int))
    assert {entry["value"] for entry in one_song["figures"]["diversity"].values()} == {None}
    assert {entry["value"] for entry in one_song["figures"]["coverage"].values()} == {0.0}


def test_recommendations_stay_in_the_cluster():
    found = figures(100, genre_of=lambda x: np.arange(len(x)) % 2, clusters=np.arange(100) % 2)
    assert {e["value"] for e in found["figures"]["recommended_precision_at_5"].values()} == {1.0}
