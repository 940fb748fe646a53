"""Languages, normalised keys and templates of texts. All texts are invented."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.features.text import (
    artist_key,
    artists_of,
    detect_language,
    exact_key,
    normalise,
    song_id,
    template_of,
    text_key,
    title_key,
    track_hash,
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Você não sabe o que eu fiz por uma canção", "pt"),
        ("You don't know what I would do for the song", "en"),
        ("Yo no sé lo que hice por una canción y el mar", "es"),
        ("Je ne sais pas ce que tu veux dans la nuit avec moi", "und"),
        ("Non so che cosa vuoi, ma il mare è per te", "und"),
        ("na na na na na na na", "und"),
        ("", "und"),
        ("1234 !!!", "und"),
        ("Add the second song to my list", "en"),
        ("Agrega la primera canción a mi lista", "es"),
        ("Coloca essa música na minha lista", "pt"),
        ("quita esta canción de la lista", "es"),
        ("tira essa música da lista", "pt"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("leo-vento", "Léo Vento"),
        ("rio-claro-e-mar", "Rio Claro & Mar"),
        ("The Lanterns", "lanterns"),
        ("Ana Vento feat. Céu", "Ana Vento"),
        ("Ana Vento (part. Céu)", "ANA VENTO"),
        ("Ana Vento; Céu", "Ana Vento, Céu"),
        ("Bruno, The Baker", "bruno-the-baker"),
        ("Salt, Rope & Tar", "salt, rope and tar"),
        ("Rope, Tar; Salt", "Rope Tar"),
    ],
)
def test_one_artist_however_it_is_written(one: str, other: str) -> None:
    assert artist_key(one) == artist_key(other)


def test_other_artists_stay_apart() -> None:
    assert artist_key("Ana Vento") != artist_key("Ana Ventura")
    assert artist_key("!!!") == "!!!"
    assert artist_key("The The") == "the the"


@pytest.mark.parametrize(
    "version",
    [
        "Barco Azul (Ao Vivo)",
        "barco azul - Ao Vivo em Recife",
        "Barco Azul (feat. Céu)",
        "Barco Azul feat. Céu",
        "Barco Azul (part. Céu)",
        "Barco Azul - Remastered 2011",
        "Barco Azul - 2011 Remaster",
        "Barco Azul (Live at the Pier)",
        "Barco Azul [Live]",
        "Barco Azul (Ana's Version)",
        "Barco Azul (Ana’s Version) [From The Vault]",
        "Barco Azul - Acústico",
        "Barco Azul - Radio Edit",
        "BARCO  AZUL!",
    ],
)
def test_versions_share_a_song(version: str) -> None:
    assert title_key(version) == "barco azul"
    assert song_id("Léo Vento", version) == song_id("leo-vento", "Barco Azul")


@pytest.mark.parametrize(
    "other", ["Barco Azul - Remix", "Barco Azul (Part 2)", "Barco (Azul)", "Live Barco", "Barco Azul (Cover)"]
)
def test_other_songs_keep_their_title(other: str) -> None:
    assert title_key(other) == normalise(other)


def test_keys_are_16_hex_digits_and_differ_between_recordings() -> None:
    keys = {song_id("a", "b"), track_hash("b", "a"), text_key("b")}
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in keys)
    assert track_hash("Barco (Ao Vivo)", "Ana") != track_hash("Barco", "Ana")
    assert track_hash("BARCO", "Aná") == track_hash("barco", "ana")
    assert text_key("Slow, lamp!") == text_key("slow lamp") != text_key("slow lamps")
    assert text_key("!") != text_key("?")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            (
                "Add Slow Lamp by Ana Vento",
                '[{"name": "song", "value": "Slow Lamp"}, {"name": "artist", "value": "Ana Vento"}]',
            ),
            (
                "add red boat by céu",
                '[{"name": "track", "value": "red boat"}, {"name": "artist", "value": "céu"}]',
            ),
        ),
        (("Please add 'Slow Lamp' by Ana Vento.", None), ('Please add "Red Boat" by Céu.', "[]")),
        (("Please add 'Don't Go' by Céu", None), ("Please add ‘Red Boat’ by Ana", None)),
        (("drop 'Boat O' Mine' from it", None), ("drop 'Mar' from it", None)),
        (("remove song 3", None), ("Remove song 12!", None)),
        (("play Slow Lamp now", None), ("play Red Boat of the Sea now", None)),
    ],
)
def test_texts_that_differ_in_slot_values_share_a_template(
    one: tuple[str, str | None], other: tuple[str, str | None]
) -> None:
    assert template_of(*one) == template_of(*other)


def test_templates_keep_the_words_around_slots() -> None:
    slots = '[{"name": "entity_name", "value": "slow"}]'
    assert template_of("Add slow to my slowest list", slots) == "add <song> to my slowest list"
    assert template_of("show the songs I've saved", None) == "show the songs i ve saved"
    assert template_of("add slow", "[]") != template_of("remove slow", "[]")


def test_serving_can_import_the_text_rules_alone() -> None:
    code = (
        "import sys; from music_platform.features import genres, splits, text;"
        "heavy = ('ibis', 'pandas', 'dagster', 'torch', 'sklearn', 'pyspark', 'duckdb');"
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("B", "B#"),
        ("Maré", "Maré +"),
        ("Y", "Y²"),
        ("31", "31 ½"),
        ("+", "×"),
        ("राम", "रोम"),
        ("กา", "กี"),
        ("がく", "かく"),
    ],
)
def test_titles_that_differ_by_a_sign_or_a_mark_are_two(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)
    assert track_hash(one, "Ana Vento") != track_hash(other, "Ana Vento")
    assert song_id("Ana Vento", one) != song_id("Ana Vento", other)


@pytest.mark.parametrize(("one", "other"), [("B♯", "b#"), ("4+20", "4 + 20"), ("#1 Maré", "1 mare"), ("Ｂ#", "B#")])
def test_signs_are_one_however_they_are_written(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


def test_only_the_exact_key_has_marks_of_a_sentence() -> None:
    assert exact_key("Maré?") != exact_key("Maré")
    assert title_key("Maré?") == title_key("Maré")
    assert exact_key("Maré, (Ao Vivo)") == exact_key("mare ao vivo")


def test_accents_are_dropped_where_they_are_accents() -> None:
    assert normalise("Ação Ёж Ώρα") == "acao еж ωρα"
    assert normalise("दिल ❤️ が 4️⃣") == "दिल が 4"


def test_artists_of_a_credit() -> None:
    assert artists_of("Ana, Bia") == ["Ana", "Bia"]
    assert artists_of("Salt, Rope & Tar") == ["Salt, Rope & Tar"]
    assert artists_of("Rope, Tar; Salt feat. Bia") == ["Rope, Tar", "Salt"]
    assert artists_of("Bruno, The Baker") == ["Bruno, The Baker"]
