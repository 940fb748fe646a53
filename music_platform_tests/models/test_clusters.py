"""Clusters: found groups, names, stable ids, and the artifact."""

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.models.scorers.clusters import MOODS, TRAITS, Clusters, fit, named
from music_platform.tasks import CLUSTER_FEATURES

CENTERS = np.array(
    [
        [0.45, 0.05, 0.85, 0.25, 95.0],
        [0.70, 0.35, 0.02, 0.50, 120.0],
        [0.70, 0.06, 0.03, 0.80, 118.0],
        [0.45, 0.05, 0.03, 0.25, 125.0],
    ]
)


def tracks(n=2000, seed=0):
    random = np.random.default_rng(seed)
    noise = random.normal(size=(n, 5)) * [0.06, 0.02, 0.04, 0.07, 9]
    which = random.integers(4, size=n)
    return CENTERS[which] + noise, which


@pytest.fixture(scope="module")
def clusters():
    return fit(tracks()[0])


def test_centres_come_back_in_original_units(clusters):
    np.testing.assert_allclose(clusters.centers, CENTERS, rtol=0.1, atol=0.02)
    assert clusters.profiles[0].keys() == set(CLUSTER_FEATURES)
    assert sum(clusters.sizes) == 2000


def test_names_tell_what_is_unusual(clusters):
    assert clusters.names == (
        "ambient: instrumental, low tempo, sad, hard to dance to",
        "spoken: wordy, danceable",
        "feel-good: cheerful, danceable",
        "melancholic: sad, hard to dance to",
    )


def test_a_centre_without_a_trait_of_its_mood_is_told_by_what_is_furthest_off():
    assert named("driving", np.array([0.1, 0, 0, 0.6, 0.2])) == "driving: cheerful"


def test_every_track_is_assigned_to_its_group(clusters):
    features, which = tracks(seed=5)
    assert (clusters.assign(features) == which).mean() > 0.99


def test_distances_are_in_standard_deviations_not_in_beats(clusters):
    slower, sadder = clusters.centers[2] - [0, 0, 0, 0, 15], clusters.centers[2] - [0.2, 0, 0, 0.5, 0]
    assert clusters.assign(np.array([slower, sadder])).tolist() == [2, 3]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ids_and_names_survive_a_retraining_on_other_tracks_and_seeds(clusters, seed):
    again = fit(tracks(1500, seed)[0], seed=seed)
    assert again.names == clusters.names
    features, _ = tracks(seed=9)
    assert (again.assign(features) == clusters.assign(features)).mean() > 0.99


def test_the_same_input_gives_the_same_clusters(clusters):
    np.testing.assert_array_equal(fit(tracks()[0]).centers, clusters.centers)


@pytest.mark.parametrize("k", range(2, len(MOODS) + 1))
def test_names_are_distinct_for_every_k(k):
    assert len(set(fit(tracks(600)[0], k).names)) == k


def test_an_artifact_assigns_as_the_model_did(clusters, tmp_path):
    clusters.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clusters.json", "clusters.safetensors"]
    loaded = Clusters.load(tmp_path)
    features, _ = tracks(seed=7)
    assert (loaded.names, loaded.sizes) == (clusters.names, clusters.sizes)
    np.testing.assert_array_equal(loaded.assign(features), clusters.assign(features))


def test_every_feature_has_two_traits_and_every_mood_five_directions():
    assert set(TRAITS) == set(CLUSTER_FEATURES)
    assert {len(direction) for direction in MOODS.values()} == {5}


def test_bad_input_is_refused_in_one_line():
    features, _ = tracks(50)
    with pytest.raises(InputError, match=r"^clusters: k is 1; 2 to 10 are allowed$"):
        fit(features, 1)
    with pytest.raises(InputError, match=r"^tracks: 50 tracks can't form 4 clusters"):
        fit(np.repeat(features[:1], 50, axis=0))
    features[3, 2] = np.nan
    with pytest.raises(InputError, match=r"^tracks: a value of .* is missing"):
        fit(features)
