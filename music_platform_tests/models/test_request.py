"""The hyperparameters of a request: declared, given by settings, found by a study, or all given by the caller."""

from dataclasses import replace

import pytest

from music_platform.models.cluster_training import KMeansHyperparameters
from music_platform.models.request import Request
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.models.tuned import Tuned, plain
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS

DECLARED = LinearHyperparameters(**TASKS["genre"].candidates["linear"].hyperparameters)


@pytest.fixture
def request_of(tmp_path) -> Request:
    return Request(Registry(tmp_path), TASKS["genre"], "linear", None)


def test_the_declaration_gives_hyperparameters_that_differ_from_the_defaults(request_of):
    assert LinearHyperparameters() != DECLARED
    assert request_of.configured(LinearHyperparameters) == (DECLARED, {})


def test_settings_give_hyperparameters_by_name(request_of):
    asked = replace(request_of, task=TASKS["clusters"], candidate="kmeans", given={"k": 7})
    assert asked.configured(KMeansHyperparameters) == (KMeansHyperparameters(7), {})


def test_a_study_counts_if_it_began_with_the_declared_hyperparameters_and_gained(request_of):
    found = Tuned("study", 3, 0.6, 0.5, plain(DECLARED), {"C": 7.5})
    tuned = replace(request_of, tuned=found)
    assert tuned.configured(LinearHyperparameters) == (replace(DECLARED, C=7.5), {"tuned": found.trace})
    for other in (replace(found, value=0.501), replace(found, defaults=plain(LinearHyperparameters()))):
        assert replace(request_of, tuned=other).configured(LinearHyperparameters) == (DECLARED, {})
    chosen = LinearHyperparameters(C=0.5)
    assert replace(tuned, hyperparameters=chosen).configured(LinearHyperparameters) == (chosen, {})


def test_a_request_is_named_after_task_and_candidate(request_of):
    assert request_of.name == "genre/linear"
