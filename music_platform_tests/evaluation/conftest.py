"""Reports that several tests read; none changes them."""

import pytest

from music_platform_tests.support.evaluation_samples import (
    CONTRACT,
    COST,
    TRAINING,
    classified,
    clustered,
    grouped_tracks,
    predictions,
)


@pytest.fixture(scope="session")
def reports():
    facts = {"encoder": {"training": TRAINING, "cost": COST, "contract": CONTRACT}}
    pt = {"linear": predictions(), "encoder": predictions(seed=5)}
    return {
        "genre_pt": classified("genre_pt", pt, left_out={"polka": 3}, facts=facts),
        "genre": classified("genre", {"linear": predictions(single=False)}),
        "clusters": clustered(grouped_tracks(200), ks=(2, 4)),
    }
