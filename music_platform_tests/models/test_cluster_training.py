"""K-Means: found groups, their names, stable ids, and what is refused."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from music_platform.errors import InputError
from music_platform.models import training
from music_platform.models.cluster_training import MOODS, TRAITS, fit, named
from music_platform.models.request import Request
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS
from music_platform_tests.support.groups import CENTERS, groups


@pytest.fixture(scope="module")
def clusters():
    return fit(groups()[0])


def test_centres_come_back_in_original_units(clusters):
    np.testing.assert_allclose(clusters.centers, CENTERS, rtol=0.1, atol=0.02)
    assert clusters.profiles[0].keys() == set(CLUSTER_FEATURES)
    assert sum(clusters.sizes) == 2000


def test_names_say_what_is_unusual(clusters):
    assert clusters.names == (
        "ambient: instrumental, low tempo, sad, hard to dance to",
        "spoken: wordy, danceable",
        "feel-good: cheerful, danceable",
        "melancholic: sad, hard to dance to",
    )


def test_a_centre_without_a_trait_of_its_mood_is_named_after_what_is_furthest_off():
    assert named("driving", np.array([0.1, 0, 0, 0.6, 0.2])) == "driving: cheerful"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ids_and_names_survive_a_retraining_on_other_tracks_and_seeds(clusters, seed):
    again = fit(groups(1500, seed)[0], seed=seed)
    assert again.names == clusters.names
    features, _ = groups(seed=9)
    assert (again.assign(features) == clusters.assign(features)).mean() > 0.99


def test_the_same_input_gives_the_same_clusters(clusters):
    np.testing.assert_array_equal(fit(groups()[0]).centers, clusters.centers)


@pytest.mark.parametrize("k", range(2, len(MOODS) + 1))
def test_names_are_distinct_for_every_k(k):
    assert len(set(fit(groups(600)[0], k).names)) == k


def test_every_feature_has_two_traits_and_every_mood_five_directions():
    assert set(TRAITS) == set(CLUSTER_FEATURES)
    assert {len(direction) for direction in MOODS.values()} == {5}


def test_bad_input_is_refused_in_one_line():
    features, _ = groups(50)
    with pytest.raises(InputError, match=r"^clusters: k is 1; 2 to 10 are allowed$"):
        fit(features, 1)
    with pytest.raises(InputError, match=r"^tracks: 50 tracks can't form 4 clusters"):
        fit(np.repeat(features[:1], 50, axis=0))
    features[3, 2] = np.nan
    with pytest.raises(InputError, match=r"^tracks: a value of .* is missing"):
        fit(features)


def request(folder: Path, table: pa.Table, **given: int) -> Request:
    return Request(Registry(folder), TASKS["clusters"], "kmeans", table, given=given)


def test_tracks_in_another_order_are_not_clustered_anew_and_another_k_is(tmp_path):
    columns = dict(zip(CLUSTER_FEATURES, groups(200)[0].T, strict=True))
    table = pa.table(columns | {"track_id": [f"t{i:03}" for i in range(200)]})
    first = training.train(request(tmp_path, table))
    shuffled = table.take(np.random.default_rng(0).permutation(200))
    again = training.train(request(tmp_path, shuffled))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.artifact == first.artifact
    manifest = first.artifact.manifest
    assert (manifest.rows, manifest.config["k"], len(manifest.labels)) == (200, 4, 4)
    other = training.train(request(tmp_path, table, k=3))
    assert (other.is_new, len(other.artifact.manifest.labels)) == (True, 3)
