"""What a song is found by: one spelling for all ways of writing a title and its artists."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from music_platform.serving.catalogue.keys import LONGEST, credited, entry, key, plain, slips

WORDS = st.text("abcdeñ1", min_size=3, max_size=9)


@pytest.mark.parametrize(
    ("title", "artist", "artists"),
    [
        ("Boat", "Ana Vale;Otto Quill", ["Ana Vale", "Otto Quill"]),
        ("Boat", "Ana Vale, Otto Quill", ["Ana Vale", "Otto Quill"]),
        ("Boat", "Ana Vale feat. Otto Quill & Mara", ["Ana Vale", "Otto Quill", "Mara"]),
        ("Boat (ft. Mara Fenn)", "Ana Vale", ["Ana Vale", "Mara Fenn"]),
        ("Boat", "Quill, The Painter", ["Quill, The Painter"]),
        ("Boat", "Salt & Ash", ["Salt & Ash"]),
    ],
)
def test_every_artist_is_credited(title: str, artist: str, artists: list[str]) -> None:
    assert credited(title, artist) == artists
    keys = entry(title, artist).keys
    assert all(entry("", name).keys[-1] in keys for name in artists)


@pytest.mark.parametrize(
    "title", ["Salt Road", "SALT ROAD - Remastered 2011", "Sált Road (Live)", "Salt-Road (feat. Mara)", "saltroad"]
)
def test_versions_share_the_key_of_their_song(title: str) -> None:
    assert key("t", "salt road") in entry(title, "Ana Vale").keys


def _is_word(text: str) -> bool:
    """Whether a text has letters, digits and the marks of letters alone."""
    return all(character.isalnum() or unicodedata.category(character).startswith("M") for character in text)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_names_give_words_that_fit_the_index(title: str, artist: str) -> None:
    found = entry(title, artist)
    for text in (plain(title), plain(artist), found.artists):
        assert all(_is_word(word) and len(word) <= LONGEST for word in text.split())
    assert all(one.isascii() and one.isalnum() for one in found.keys)
    assert plain(plain(title)) == plain(title)


@given(WORDS, st.data())
def test_words_one_slip_apart_share_a_number(word: str, data: st.DataObject) -> None:
    place, letter = data.draw(st.integers(0, len(word) - 2)), data.draw(st.sampled_from("abcñ2"))
    before, here, after = word[:place], word[place], word[place + 1 :]
    for slipped in (
        before + after,
        before + letter + word[place:],
        before + letter + after,
        before + after[0] + here + after[1:],
    ):
        assert OSA.distance(word, slipped) <= 1
        assert set(slips(word)) & set(slips(slipped))
