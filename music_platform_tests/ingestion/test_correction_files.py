"""Corrections and decisions as files of the landing zone: they count at once, and the last decision wins."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.ingestion.readers import read
from music_platform.schema import DECISIONS, KINDS


@pytest.fixture
def corrections(zone):
    return Corrections(zone)


def test_what_is_landed_counts_at_once_and_its_reader_takes_it(zone, corrections):
    identifier = corrections.add("genre", "la vem\no sol", ["rap", "mpb", "rap"], ["pop"], "v1")
    corrections.decide([identifier], "accepted")
    for kind in ("corrections", "decisions"):
        (file,) = zone.files(kind, still=3600)
        (row,) = read(KINDS[kind], file.path, landed_at=file.landed_at).to_pylist()
        assert row["problems"] == []
        assert row["correction_id"] == identifier
    assert (row["decision"], corrections.status(identifier)) == ("accepted", "accepted")


def test_many_who_send_the_same_correction_at_the_same_time_land_one_file(zone, corrections):
    with ThreadPoolExecutor(8) as pool:
        sent = pool.map(lambda version: corrections.add("genre", "sol", ["mpb"], [], version), "abcdefgh")
        (identifier,) = set(sent)
    (file,) = zone.files("corrections")
    assert file.path.name == f"{identifier}.jsonl"
    assert len(corrections.all()) == 1


def test_a_correction_comes_into_the_home_of_the_sample_too(zone, corrections):
    zone.keep_apart(sample=True)
    assert corrections.status(corrections.add("genre", "sol", ["mpb"], [], "v")) == "waiting"


def test_a_decision_of_another_vocabulary_is_named(zone, corrections):
    identifier = corrections.add("genre", "sol", ["mpb"], [], "v")
    corrections.decide([identifier], "rejected")
    (file,) = zone.files("decisions")
    row = json.loads(file.path.read_text()) | {"decision": "maybe"}
    file.path.write_text(json.dumps(row))
    with pytest.raises(InputError, match=rf"{file.path.name}: decision 'maybe' is unknown; use one of accepted, "):
        corrections.all()


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(st.sets(st.integers(0, 2), min_size=1), st.sampled_from(DECISIONS)), max_size=6))
def test_the_last_decision_counts_and_one_that_is_refused_decides_nothing(tmp_path_factory, decisions):
    corrections = Corrections(Landing(tmp_path_factory.mktemp("zone")))
    identifiers = [corrections.add("genre", f"song {i}", ["mpb"], [], "v") for i in range(3)]
    expected = dict.fromkeys(identifiers, "waiting")
    for places, decision in decisions:
        chosen = [identifiers[place] for place in places]
        if decision == "reverted" and {expected[i] for i in chosen} - {"accepted", "reverted"}:
            with pytest.raises(InputError, match="only an accepted correction can be reverted"):
                corrections.decide(chosen, decision)
        else:
            assert corrections.decide(chosen, decision) == [i for i in chosen if expected[i] != decision]
            expected |= dict.fromkeys(chosen, decision)
        assert {found.correction_id: status for found, status in corrections.all()} == expected
