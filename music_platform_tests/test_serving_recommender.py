"""Recommendations: exact, of the same cluster, every song once, itself left out, for a true reason."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.schema import CLUSTER_FEATURES
from music_platform.serving.bundle import write_bundle
from music_platform.serving.recommender import Recommender, UnknownTrackError
from music_platform_tests.serving_fixtures import features, tracks

SCALE = np.array([1, 1, 1, 1, 0.01])


class Halves:
    """Two clusters, parted at danceability 0.5; tempo weighs a hundredth."""

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """Tempo weighs a hundredth."""
        return values * SCALE

    def assign(self, values: np.ndarray) -> np.ndarray:
        """Quiet or danceable."""
        return (values[:, 0] > 0.5).astype(np.int64)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return Recommender(write_bundle(tmp_path_factory.mktemp("tracks") / "bundle", {}, tracks()), Halves())


def test_neighbours_equal_a_search_through_all_tracks(recommender: Recommender) -> None:
    everything = features(tracks()).astype(np.float32).astype(np.float64)
    for position in range(0, 300, 7):
        distances = np.linalg.norm((everything - everything[position]) * SCALE, axis=1)
        same = (everything[:, 0] > 0.5) == (everything[position, 0] > 0.5)
        same[[0, 1] if position < 2 else position] = False
        if position > 1:
            same[1] = False
        expected = [i for i in np.argsort(distances) if same[i]][:5]
        found = recommender.nearest(recommender.features(position), 5, itself=position)
        assert [f"t{i:04d}" for i in expected] == [neighbour.track_id for neighbour in found]
        assert np.allclose([n.distance for n in found], distances[expected], atol=1e-6)


def test_a_song_is_not_recommended_to_itself_whatever_the_recording(recommender: Recommender) -> None:
    for track_id in ("t0000", "t0001"):
        position = recommender.position(track_id)
        found = recommender.nearest(recommender.features(position), 50, itself=position)
        assert len(found) == 50
        assert {"t0000", "t0001"}.isdisjoint(n.track_id for n in found)


def test_features_get_their_own_track_first_and_every_song_once(recommender: Recommender) -> None:
    first, second, *_ = recommender.nearest(recommender.features(0), 5)
    assert (first.track_id, first.distance, first.reason) == ("t0000", 0.0, "the same in all five features")
    assert second.track_id != "t0001"


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(40, 250), st.integers(1, 50))
def test_any_features_get_k_tracks_in_order_with_a_true_reason(
    recommender: Recommender, unit: list[float], tempo: float, k: int
) -> None:
    point = np.array([*unit, tempo])
    found = recommender.nearest(point, k)
    assert len(found) == k
    distances = [n.distance for n in found]
    assert distances == sorted(distances)
    for neighbour in found:
        theirs = recommender.features(recommender.position(neighbour.track_id))
        assert (theirs[0] > 0.5) == (point[0] > 0.5)
        if neighbour.reason != "the same in all five features":
            order = np.argsort(np.abs(theirs - point) * SCALE, kind="stable")[:2]
            assert neighbour.reason == "closest in " + " and ".join(CLUSTER_FEATURES[i] for i in order)


def test_a_small_cluster_gives_what_it_has(tmp_path: Path) -> None:
    few = tracks().slice(0, 4)
    recommender = Recommender(write_bundle(tmp_path / "bundle", {}, few), Halves())
    assert len(recommender.nearest(recommender.features(0), 50, itself=0)) <= 2


@pytest.mark.parametrize("track_id", ["missing", "t0000\0", "'; DROP TABLE tracks; --", ""])
def test_an_unknown_track_is_an_error_of_its_own(recommender: Recommender, track_id: str) -> None:
    with pytest.raises(UnknownTrackError):
        recommender.position(track_id)


def test_equal_tracks_give_an_equal_bundle(tmp_path: Path) -> None:
    shuffled = tracks().take(np.random.default_rng(0).permutation(300))
    one, other = write_bundle(tmp_path / "a", {}, tracks()), write_bundle(tmp_path / "b", {}, shuffled)
    for name in ("tracks.sqlite", "tracks.safetensors"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
