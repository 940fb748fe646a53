"""File names in the landing zone: the kind, the format, and the mark of a second content."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.ingestion.names import SUFFIXES, kind_of, marked, stem, suffixes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lyrics_pt.parquet", "lyrics"),
        ("spotify_tracks.csv", "tracks"),
        ("Tracks-2.jsonl", "tracks"),
        ("ag_news_train.parquet", "articles"),
        ("articles.csv", "articles"),
        ("utterances.jsonl.gz", "utterances"),
        ("catalogue.parquet", "catalogue"),
        ("README.md", None),
        ("my_lyrics.csv", None),
    ],
)
def test_kind_by_prefix(name, kind):
    assert kind_of(Path(name)) == kind


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("lyrics_pt.csv", "lyrics_pt"),
        ("lyrics_pt~0a1b2c3d.csv.gz", "lyrics_pt"),
        ("lyrics.v2.PARQUET", "lyrics.v2"),
        ("lyrics.jsonl.gz", "lyrics"),
    ],
)
def test_the_stem_leaves_out_format_and_hash(name, source):
    assert stem(Path(name)) == source
    assert suffixes(Path(name)) != ""
    assert suffixes(Path("lyrics.txt")) == ""


stems = st.from_regex(r"[a-z][a-z0-9_.-]{0,9}[a-z0-9]", fullmatch=True).filter(lambda name: not suffixes(Path(name)))


@given(stems, st.sampled_from(SUFFIXES), st.sampled_from(["", ".gz"]), st.integers(0, 2**256 - 1))
def test_a_mark_keeps_stem_and_format_and_replaces_an_earlier_mark(name, suffix, packed, number):
    sha256 = f"{number:064x}"
    once = marked(f"{name}{suffix}{packed}", sha256)
    assert once == f"{name}~{sha256[:8]}{suffix}{packed}"
    assert (stem(Path(once)), suffixes(Path(once))) == (name, suffix + packed)
    assert marked(once, "f" * 64) == f"{name}~ffffffff{suffix}{packed}"
