"""The sample has the same bytes each time, every class at every size, every kind of noise and of bad row."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pyarrow.compute as pc
import pytest

from music_platform.features.text import template_of
from music_platform.sample import noise, songs
from music_platform.sample.articles import articles
from music_platform.sample.catalogue import catalogue
from music_platform.sample.tracks import tracks
from music_platform.sample.utterances import templates, utterances
from music_platform.sample.vocabulary import LANGUAGES, slug, words
from music_platform.sample.write import write_sample
from music_platform.schema import KINDS
from music_platform.storage.files import content_hash
from music_platform.tasks import CLUSTER_FEATURES, INTENTS, TOPICS

SIZES = (0.05, 1.0)


def requests(size=1.0):
    """The utterances that have a text and a known intent."""
    return [row for row in utterances(size).to_pylist() if row["text"].strip() and row["intent"] in INTENTS]


def test_another_process_writes_the_same_bytes(tmp_path):
    script = (
        "import sys, pathlib, music_platform.sample.write as sample;"
        "sample.write_sample(pathlib.Path(sys.argv[1]), 0.05)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script, tmp_path / "other"], check=True, env=environment)
    for kind, path in write_sample(tmp_path / "here", 0.05):
        assert content_hash(path) == content_hash(tmp_path / "other" / path.name), kind


def test_files_have_their_kind_in_their_name_and_are_all_kinds_but_lyrics(tmp_path):
    written = write_sample(tmp_path, 0.05)
    assert {kind for kind, _ in written} == {name for name, kind in KINDS.items() if kind.prefixes} - {"lyrics"}
    assert all(path.name.startswith(KINDS[kind].prefixes) for kind, path in written)
    rows = gzip.decompress(dict(written)["tracks"].read_bytes()).decode().splitlines()
    assert len(rows) == tracks(0.05).num_rows + 1


@pytest.mark.parametrize(
    ("kind", "make", "rows"),
    [
        ("tracks", tracks, 5_000),
        ("utterances", utterances, 2_000),
        ("articles", articles, 1_200),
        ("catalogue", catalogue, 20_000),
    ],
)
def test_tables_have_the_promised_rows_and_columns(kind, make, rows):
    table = make(1.0)
    assert table.num_rows == rows
    assert set(KINDS[kind].required) <= set(table.column_names) <= {c.name for c in KINDS[kind].columns}
    assert make(0.05).num_rows < rows


@pytest.mark.parametrize("size", SIZES)
def test_every_size_has_every_class(size):
    rows = requests(size)
    assert {(row["lang"], row["intent"]) for row in rows} == {
        (code, intent) for code in ("pt", "en", "es") for intent in INTENTS
    }
    assert set(articles(size)["label"].to_pylist()) == set(TOPICS)
    artists = Counter(genre for artist in songs.artists(size) for genre in artist.genres)
    learnable = {genre for genre in artists if genre not in songs.ODD_GENRES}
    assert min(artists[genre] for genre in learnable) >= 25
    assert all(artists[genre] < 20 for genre in songs.ODD_GENRES)
    assert {song.language for song in songs.songs(size)} == {"pt", "en", "es"}


def test_songs_are_many_in_three_languages_over_twelve_genres():
    found = songs.songs()
    assert len(found) >= 900
    assert len({(song.artist.slug, slug(song.title)) for song in found}) == len(found)
    assert len({genre for song in found for genre in song.genres} - set(songs.ODD_GENRES)) >= 12
    assert 0.2 < np.mean([len(song.genres) > 1 for song in found]) < 0.5
    portuguese = [song.genres for song in found if song.language == "pt" and len(song.genres) == 1]
    assert len(portuguese) >= 400
    assert len(set(portuguese)) >= 6
    lengths = [sum(len(line.split()) for stanza in song.stanzas for line in stanza) for song in found]
    assert min(lengths) >= 40
    assert max(lengths) <= 250


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_a_genre_are_frequent_in_its_songs_and_occur_in_others(language):
    sung = [song for song in songs.songs() if song.language == language and song.genres[0] not in songs.ODD_GENRES]
    said = [{word for stanza in song.stanzas for line in stanza for word in line.lower().split()} for song in sung]
    for genre in songs.GENRES[language]:
        own = set(words(language, "genres", genre))
        found = {True: [], False: []}
        for song, heard in zip(sung, said, strict=True):
            found[genre in song.genres].append(len(own & heard))
        assert np.mean(found[True]) > 2 * np.mean(found[False])
        assert np.mean(np.array(found[False]) > 0) > 0.3


def test_the_odd_spellings_of_names_are_those_of_the_sites():
    assert slug("Ação & Cia. (part. Zé)") == "acao-e-cia-part-ze"
    assert slug("Rue's Parade") == "rues-parade"


@pytest.mark.parametrize("kind", sorted(noise.RATES))
def test_every_kind_of_noise_occurs_at_its_rate_and_can_be_alone(kind, monkeypatch):
    some = songs.songs()[:600]
    monkeypatch.setattr(noise, "RATES", {name: float(name == kind) for name in noise.RATES})
    changed = [noise.noisy(song, "letras") != [list(stanza) for stanza in song.stanzas] for song in some]
    assert np.mean(changed) > 0.95


def test_noise_differs_between_the_sites_and_not_between_calls():
    both = [song for song in songs.songs(0.05) if len(song.artist.sites) == 2]
    assert all(noise.noisy(song, "letras") == noise.noisy(song, "letras") for song in both)
    assert any(noise.noisy(song, "letras") != noise.noisy(song, "vagalume") for song in both)


def test_slots_say_where_their_values_lie_and_the_catalogue_has_them():
    listed = catalogue()
    known = {
        "song": {slug(re.sub(r" \(part\. .*", "", title)) for title in listed["title"].to_pylist() if title},
        "artist": {slug(artist) for artist in listed["artist"].to_pylist()},
    }
    seen = Counter()
    for row in requests():
        for slot in json.loads(row["slots"]):
            seen[slot["name"]] += 1
            assert row["text"][slot["start"] : slot["end"]] == slot["value"]
            assert slot["name"] == "playlist" or slug(slot["value"]) in known[slot["name"]]
    assert min(seen[name] for name in ("song", "artist", "playlist")) > 100


def test_requests_come_from_many_wordings_and_do_not_repeat():
    rows = requests()
    assert len(templates()) >= 150
    assert len({template_of(row["text"], row["slots"]) for row in rows}) >= 150
    assert len({row["text"] for row in rows}) == len(rows)


def test_bad_tracks_are_there_but_under_a_tenth():
    table = tracks()
    tempo = pc.cast(pc.if_else(pc.equal(table["tempo"], "n/a"), None, table["tempo"]), "float64")
    rows = table.set_column(table.column_names.index("tempo"), "tempo", tempo).to_pylist()
    seen, bad = set(), Counter()
    for row in rows:
        song = (row["track_name"], row["artists"])
        if None in (row[name] for name in CLUSTER_FEATURES):
            bad["null"] += 1
        elif row["tempo"] < 40 or row["danceability"] > 1:
            bad["range"] += 1
        elif song in seen:
            bad["repeated"] += 1
        seen.add(song)
    assert all(bad[reason] > 20 for reason in ("null", "range", "repeated"))
    assert bad.total() < 0.1 * len(rows)
    assert 0.55 < 1 - table["genre"].null_count / len(rows) < 0.65


def test_audio_features_go_with_genre():
    table = tracks()
    spoken = table.group_by("genre").aggregate([("speechiness", "mean")]).to_pylist()
    mean = {row["genre"]: row["speechiness_mean"] for row in spoken}
    assert mean["Hip-Hop"] > 2 * mean["country"]
