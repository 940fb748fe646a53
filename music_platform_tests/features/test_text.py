"""Text rules: one case per kind of noise, and what must never happen. All texts are invented."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.features.text import (
    artist_key,
    clean_article,
    clean_lyrics,
    detect_language,
    normalise,
    not_lyrics,
    song_id,
    template_of,
    text_key,
    title_key,
    track_hash,
)

NOISE = {
    "section header": ("[Verse 1: Ana Vento]\nslow lamp\n[Pré-Refrão]\nred boat", "slow lamp\n\nred boat"),
    "section header with time": ("[Instrumental Break 02:00]\nslow lamp", "slow lamp"),
    "section header in Cyrillic": ("slow lamp\n[Припев]\nred boat", "slow lamp\n\nred boat"),
    "recommendation glued to a header": (
        "slow lamp\nYou might also like[Chorus]\nred boat",
        "slow lamp\n\nred boat",
    ),
    "recommendation glued to words": ("slow lampYou might also likered boat", "slow lamp\nred boat"),
    "ticket advert": (
        "slow lamp\nSee Ana Vento LiveGet tickets as low as $1,150You might also like\nred boat",
        "slow lamp\n\nred boat",
    ),
    "tail with a number": ("slow lamp340Embed", "slow lamp"),
    "tail in thousands": ("slow lamp1.4KEmbed\n", "slow lamp"),
    "bare tail": ("slow lampEmbed", "slow lamp"),
    "head with contributors": (
        "104 ContributorsTranslationsTiếng ViệtFrançaisPaper Boat Lyrics[Intro]\nslow lamp",
        "slow lamp",
    ),
    "head without translations": ("1 ContributorPaper Boat Lyricsslow lamp", "slow lamp"),
    "older head": (
        'Barco (Ao Vivo) Lyrics[Letra de "Barco" com Ana Vento & Céu]\nslow lamp',
        "slow lamp",
    ),
    "older head without brackets": ('Barco Lyrics\nLetra de "Barco" com Céu\nslow lamp', "slow lamp"),
    "ad-libs keep their words": ("slow lamp (Yeah), red (Ooh) boat", "slow lamp Yeah, red Ooh boat"),
    "repetition (2x)": ("slow lamp (2x)\nred boat 3x", "slow lamp\nred boat"),
    "repetition x2": ("slow lamp x2\nred boat (X6)", "slow lamp\nred boat"),
    "repetition after a brace": (
        "{slow lamp\nred boat} 2x\n{ 2x\ntall tree",
        "slow lamp\nred boat\n\ntall tree",
    ),
    "repetition of a chorus": ("slow lamp\n(REFRÃO)2x\nred boat", "slow lamp\n\nred boat"),
    "bis in brackets": ("slow lamp (bis)\nred boat (Bis)", "slow lamp\nred boat"),
    "bis alone": ("slow lamp\nBis\nred boat } bis", "slow lamp\n\nred boat"),
    "repeat everything": ("slow lamp\n[Repete Tudo]\n(repete tudo 1x)", "slow lamp"),
    "repeat a section": ("slow lamp\n(coro repete)\nRepeat 1\n(Chorus: repeat 2X)", "slow lamp"),
    "repetition as markup": ("slow lamp &lt;3x&gt;", "slow lamp"),
    "bare chorus word": (
        "slow lamp\nREFRÃO\nred boat\nChorus:\ntall tree",
        "slow lamp\n\nred boat\n\ntall tree",
    ),
    "chorus word before its line": ("Refrão: slow lamp\nred boat", "slow lamp\nred boat"),
    "chorus word in braces": ("{Refrain:}\nslow lamp", "slow lamp"),
    "chorus word with a performer": ("Chorus - Ana Vento)\nslow lamp", "slow lamp"),
    "stage note in stars": ("*Gunshot*\nslow lamp", "slow lamp"),
    "stage note in braces": ("slow lamp\n{Instrumental Bridge}\nred boat", "slow lamp\n\nred boat"),
    "solo": ("slow lamp ( solo ) 2x\nred boat\n(guitar solo)", "slow lamp\nred boat"),
    "producer": ("[Produced by Céu & Mar]\nslow lamp", "slow lamp"),
    "look-alike letters": ("'Causе slow lаmp", "'Cause slow lamp"),
    "odd spaces": ("slow\u205flamp\u00a0red\u200b boat\ufeff", "slow lamp red boat"),
    "quotes": ("don’t say “lamp”", 'don\'t say "lamp"'),
    "acute as apostrophe": ("don´t", "don't"),
    "stanzas as spaces": ("slow lamp red boat    tall tree", "slow lamp red boat\n\ntall tree"),
    "lines as two spaces": ("slow lamp  red boat  tall tree", "slow lamp\nred boat\ntall tree"),
    "lines as commas": ("Slow lamp, red,Tall tree,[Ana],Blue hill", "Slow lamp, red\nTall tree\n\nBlue hill"),
    "line breaks as markup": ("slow lamp<br/>red boat</p><p>tall tree", "slow lamp\nred boat\ntall tree"),
    "entities": ("Rio &amp; Mar &amp;amp; Céu", "Rio & Mar & Céu"),
    "links": ("slow lamp http://example.org/C0R\nwww.example.org", "slow lamp"),
    "licence notice": (
        "Unfortunately, we are not licensed to display the full lyrics for this song at the moment.",
        "",
    ),
    "takedown notice": ("Essa música foi removida em razão de solicitação do(s) titular(es) da obra.", ""),
    "age gate": (
        "slow lamp Confirmação de Idade Esta letra possui restrição de idade , você deve ter mais que 18 "
        "anos para acessá-la. Sou maior de 18 anos",
        "slow lamp",
    ),
    "credits": ("Composição: Ana Vento / Céu\nslow lamp", "slow lamp"),
    "carriage returns": ("slow lamp\r\nred boat", "slow lamp\nred boat"),
}


@pytest.mark.parametrize("kind", NOISE)
def test_noise_is_removed(kind: str) -> None:
    noisy, clean = NOISE[kind]
    assert clean_lyrics(noisy) == clean


@pytest.mark.parametrize(
    "sung",
    [
        "foto 3x4 na parede",
        "mil vezes eu voltei",
        "eu quero outro\noutro dia",
        "Chorus girls dance\nthe bridge is long",
        "Essa ponte - de pedra",
        "Привет мир",
        "I <3 you",
        "1999",
        "solo tú\n\nsolo yo",
    ],
)
def test_words_that_look_like_noise_stay(sung: str) -> None:
    assert clean_lyrics(sung).replace("I 3", "I <3") == sung


_PIECES = st.sampled_from([noisy for noisy, _ in NOISE.values()] + list("\n []{}()*x2 "))


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=6).map("".join)))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean_lyrics(text)
    assert clean_lyrics(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "\n",
            " ",
            "\n\t",
            "9",
            "(",
            "{",
            "[(",
            "<",
            "< ",
            "*",
            ": ",
            "2x",
            "e\u0301",
            "\u0435a",
            "[a](b){c}",
        ),
        *("Embed", "A Lyrics\n", "amp;", "#38;", "bis ", "Refrão: ", "{ chorus ", "See a ", "1 Contributor"),
    ],
)
def test_a_long_hostile_text_is_cleaned_quickly(piece: str) -> None:
    text = "&" + piece * (20_000 // len(piece)) + "."
    started = time.process_time()
    clean_lyrics(text)
    detect_language(text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("artist", "text", "what"),
    [
        ("Ana", "Essa música foi removida em razão de solicitação do(s) titular(es) da obra.", "takedown"),
        ("Ana", "Unfortunately, we are not licensed to display the full lyrics", "licence"),
        ("Ana", " (Instrumental) ", "instrumental"),
        ("Ana", "Just a moment...", "block page"),
        ("Genius Notes", "slow lamp", "is a site"),
        ("Ana", "instrumental music of a slow lamp", None),
    ],
)
def test_what_is_not_lyrics_is_named(artist: str, text: str, what: str | None) -> None:
    found = not_lyrics(artist, text)
    assert (found is None) if what is None else (found is not None and what in found)


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


def test_keys_are_16_hex_digits_and_tell_recordings_apart() -> None:
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
    ("raw", "clean"),
    [
        ("Prices &amp;lt; forecast", "Prices < forecast"),
        ("The firm #39;s plan", "The firm 's plan"),
        ("Costs \\$117 million\\and more", "Costs $117 million and more"),
        ('Read <A HREF="http://example.org/full">more</A> now', "Read more now"),
        ("See http://example.org/a?b=c today", "See today"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_articles_lose_markup(raw: str, clean: str) -> None:
    assert clean_article(raw) == clean


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
def test_slot_values_do_not_tell_templates_apart(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
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
