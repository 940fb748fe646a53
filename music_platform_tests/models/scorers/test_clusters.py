"""The scorer of clusters: every track gets its nearest centre, and an artifact keeps them."""

import numpy as np
import pytest

from music_platform.models.cluster_training import fit
from music_platform.models.scorers.clusters import Clusters
from music_platform_tests.support.groups import groups


@pytest.fixture(scope="module")
def clusters() -> Clusters:
    return fit(groups()[0])


def test_every_track_is_assigned_to_its_group(clusters):
    features, which = groups(seed=5)
    assert (clusters.assign(features) == which).mean() > 0.99


def test_distances_are_in_standard_deviations_not_in_beats(clusters):
    slower, sadder = clusters.centers[2] - [0, 0, 0, 0, 15], clusters.centers[2] - [0.2, 0, 0, 0.5, 0]
    assert clusters.assign(np.array([slower, sadder])).tolist() == [2, 3]


def test_an_artifact_assigns_as_the_model_did(clusters, tmp_path):
    clusters.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clusters.json", "clusters.safetensors"]
    loaded = Clusters.load(tmp_path)
    features, _ = groups(seed=7)
    assert (loaded.names, loaded.sizes) == (clusters.names, clusters.sizes)
    np.testing.assert_array_equal(loaded.assign(features), clusters.assign(features))
