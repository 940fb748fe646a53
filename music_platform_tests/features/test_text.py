"""Cleaning: one case per kind of noise, and guarantees for any text. All texts are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.features.cleaning import clean_article, clean_lyrics, not_lyrics
from music_platform.features.text import detect_language

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
@pytest.mark.timeout(30)  # A pattern whose steps grow with the square of the text takes minutes.
def test_a_long_hostile_text_ends(piece: str) -> None:
    text = "&" + piece * (80_000 // len(piece)) + "."
    assert len(clean_lyrics(text)) <= len(text)
    assert detect_language(text) == "und"


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
def test_texts_that_are_no_lyrics_are_named(artist: str, text: str, what: str | None) -> None:
    found = not_lyrics(artist, text)
    assert (found is None) if what is None else (found is not None and what in found)


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
