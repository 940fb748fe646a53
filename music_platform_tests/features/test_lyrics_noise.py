"""Cleaning of what players, subtitles, guitar sites and lyric services put around words. All texts are invented."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.features.cleaning import clean_lyrics, not_lyrics
from music_platform.features.text import detect_language

WORDS = "slow lamp on the hill\nred boat in the bay\n\ntall tree by the road\nblue door of the inn"
LINES = WORDS.replace("\n\n", "\n")
A, B, C, D = LINES.split("\n")

TIMED = {
    "times of lines": (f"[00:10.20]{A}\n[00:12.30]{B}\n[00:14.40]\n[00:15.00]{C}\n[00:17]{D}", WORDS),
    "several times of a line": (f"[00:10.20][01:10.20]{A}\n[00:12.30]{B}", f"{A}\n{B}"),
    "tags of a file": (
        f"[ar:Ana Vento]\n[ti: Lamp]\n[offset:+250]\n[by:{'x' * 90}]\n[00:10.20]{A}\n[00:12.20]{B}",
        f"{A}\n{B}",
    ),
    "times of words": (
        "[00:10.20]<00:10.20> slow <00:10.90> lamp\n<00:12.100>red <00:12.5>boat",
        "slow lamp\nred boat",
    ),
    "times inside a word": ("<00:10.20>win<00:10.40>dow <00:10.90>pane", "window pane"),
    "times that part the words": ("<00:10.20>slow<00:10.40>red<00:10.90>lamp", "slow red lamp"),
    "times on one line": (f"[00:10.20]{A} [00:12.30]{B}", f"{A}\n{B}"),
    "subtitles": (
        f"1\n00:00:10,000 --> 00:00:12,000\n{A}\n\n2\n00:00:12,500 --> 00:00:14,000\n{B}\n",
        f"{A}\n{B}",
    ),
    "subtitles with a sung number": (
        f"1\n00:00:10,000 --> 00:00:12,000\n1999\n\n2\n00:00:12,500 --> 00:00:14,000\n{{\\an8}}{B}\n",
        f"1999\n{B}",
    ),
    "subtitles on one line": (f"1 00:00:10,000 --> 00:00:12,000 {A} 2 00:00:12,500 --> 00:00:14,000 {B}", f"{A}\n{B}"),
    "web subtitles": (
        "WEBVTT - Lamp\nKind: captions\n\nNOTE made by Ana\n\n"
        f"00:10.000 --> 00:12.000 align:start position:0%\n<v Ana>{A}\n\n"
        f"00:12.500 --> 00:14.000\n<c.red>{B}</c>\n",
        f"{A}\n{B}",
    ),
    "bare times": (f"0:10 {A}\n0:12 {B}\n0:14 {C}", f"{A}\n{B}\n{C}"),
    "bare times above the lines": (f"0:10\n{A}\n0:12\n{B}", f"{A}\n\n{B}"),
    "named web subtitles": (
        f"WEBVTT\n\nfirst\n00:10.000 --> 00:12.000\n{A}\n\nb\n00:12.500 --> 00:14.000\n{B}\n",
        f"{A}\n{B}",
    ),
    "bare times in brackets": (f"(0:10) {A}\n(0:15) {B}\n(2:55) {C}", f"{A}\n{B}\n{C}"),
    "bare times of hundredths": (f"00:10.20 {A}\n{B}", f"{A}\n{B}"),
}

CHORDS = {
    "lines of chords": (f"C            G\n{A}\nAm            F\n{B}\nA\n{C}\nC  G7sus4\n{D}", LINES),
    "single chord that is moved in": (f"      G       D\n{A}\n   C\n{B}", f"{A}\n{B}"),
    "chords of any shape": (f"F#m7(b5)  Bb7M/D  C/G  E7(#9)  A°\n{A}\nG7+ Gm\n{B}", f"{A}\n{B}"),
    "chords in bars": (f"| C | G | Am F |\n{A}", A),
    "chords after a header": (f"[Intro] C G Am F\n{A}\nSolo: Am - F - C (2x)\n{B}", f"{A}\n{B}"),
    "single chords above words": (f"Am\n{A}\nF\n{B}\nC\n{C}", f"{A}\n{B}\n{C}"),
    "chords between words": ("[Am]slow lamp on the [F#]hill win[G]dow", "slow lamp on the hill window"),
    "chords in round brackets": ("(Am)slow lamp (F)on the (C)hill", "slow lamp on the hill"),
    "tablature": (f"{A}\ne|--0--2--3--|\nB|--1h3p1----| x2\nG |--0--2--0--|\n{B}", f"{A}\n{B}"),
    "tablature without names": (f"{A}\n--0--2--3--\n--1--3--0--\n{B}", f"{A}\n{B}"),
    "key and capo": (f"Tom: G\nCapo: 2nd fret\nG  D/F#\n{A}", A),
}

PAGES = {
    "note of an editor": (
        "80 ContributorsTranslationsEspañolOne Lamp Lyrics“One Lamp” is a rap song. It samples a record… Read More \n"
        f"[Verse 1]\n{A}\n{B}12Embed",
        f"{A}\n{B}",
    ),
    "note without a head": (f"“One Lamp” is a rap song… Read More\n{A}\n{B}", f"{A}\n{B}"),
    "page twice": (
        f"8 ContributorsOne Lamp Lyrics[Verse]\n{A}\n{B}12Embed8 ContributorsOne Lamp Lyrics[Verse]\n{A}\n{B}12Embed",
        f"{A}\n{B}",
    ),
    "words twice before tails": (f"{A}\n{B}12Embed\n{A}\n{B}12Embed", f"{A}\n{B}"),
    "banner of a free service": (
        f"{A}\n{B}\n...\n\n******* This Lyrics is NOT for Commercial use *******\n(1409622018585)",
        f"{A}\n{B}",
    ),
    "French head": (f"Paroles de la chanson One Lamp par Ana Vento\r\n{A}\r\n{B}", f"{A}\n{B}"),
}

CREDITS = {
    "writers after a colon": (f"{A}\n\nSongwriters: A. Vento / C. Mar", A),
    "writers below a heading": (f"{A}\n\nWritten by:\nA. Vento\nC. Mar", A),
    "writers without a colon": (f"{A}\n\nWritten by Ana Vento and Céu Mar\nProduced by Luz", A),
    "licence": (f"{A}\nLyrics licensed by LyricFind", A),
    "licence and provider": (f"{A}\n\nLyrics Licensed & Provided by LyricFind", A),
    "rights": (f"{A}\n\n© Vento Music Publishing, Inc.\n(c) 2019 Mar Records\nAll rights reserved", A),
    "copyright": (f"{A}\nCopyright: Irmãos Vento\nPublisher: Mar", A),
    "Portuguese": (f"{A}\n\nCompositor: Ana Vento / Céu\nEditora: Mar", A),
    "Spanish": (f"{A}\n\nCompositores: Ana Vento, Luz\nLetra y música: Luz", A),
    "links": (f"{A}\n\nExternal links\nhttp://example.org/a\nLamp at a shop", A),
    "at the end of a line": (f"{A} Songwriters: Ana Vento / Luz", A),
}

PORTUGUESE = [
    "a lua não quer mais dormir",
    "você foi embora daqui",
    "a porta do meu quarto azul",
    "e o barco já foi pro mar",
]
ENGLISH = [
    "the moon will not sleep any more",
    "you went away from here",
    "the door of my blue room",
    "and the boat is gone to the sea",
]
SPANISH = [
    "la luna ya no quiere dormir",
    "tú te fuiste de aquí",
    "la puerta y el cuarto azul",
    "y el barco está en el mar",
]
RUSSIAN = ["луна не хочет больше спать", "ты ушла отсюда", "дверь моей синей комнаты", "и лодка ушла в море"]


def _in_turns(one: list[str], other: list[str]) -> str:
    return "\n".join(line for pair in zip(one, other, strict=True) for line in pair)


TRANSLATED = {
    "line by line": (_in_turns(PORTUGUESE, ENGLISH), "\n".join(PORTUGUESE)),
    "line by line into Portuguese": (_in_turns(ENGLISH, PORTUGUESE), "\n".join(ENGLISH)),
    "line by line into a near language": (_in_turns(PORTUGUESE, SPANISH), "\n".join(PORTUGUESE)),
    "line by line in brackets": (_in_turns(PORTUGUESE, [f"({line})" for line in ENGLISH]), "\n".join(PORTUGUESE)),
    "pairs apart": ("\n\n".join(map("\n".join, zip(PORTUGUESE, ENGLISH, strict=True))), "\n\n".join(PORTUGUESE)),
    "line by line from another script": (_in_turns(RUSSIAN, ENGLISH), "\n".join(RUSSIAN)),
    "below a heading": ("\n".join([*ENGLISH, "", "Tradução", *PORTUGUESE]), "\n".join(ENGLISH)),
    "below a heading in brackets": ("\n".join([*PORTUGUESE, "[English Translation]", *ENGLISH]), "\n".join(PORTUGUESE)),
    "above the original": ("\n".join(["Traducción:", *ENGLISH, "Original:", *PORTUGUESE]), "\n".join(PORTUGUESE)),
}

KINDS = {**TIMED, **CHORDS, **PAGES, **CREDITS, **TRANSLATED}


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_removed(kind: str) -> None:
    noisy, clean = KINDS[kind]
    assert clean_lyrics(noisy) == clean
    assert clean_lyrics(clean) == clean


@pytest.mark.parametrize(
    "sung",
    [
        "5:15 on the station clock\nand I wait for you\n7:30 and you are not there",
        "0:10 is all I have",
        "1, 2, 3, 4\n10\n9\n8",
        "A\nE\nI\nO\nU",
        "A\nslow lamp",
        "Am I\nAm I the one",
        "C\nC\nC is for the lamp",
        "A B C\nD E F G\nsing it with me",
        "D E A D\nB A D",
        "Do re mi\nFa sol la",
        "G is the letter\nE\nAnd A",
        "Em\nEm todo lugar",
        "B4 you go",
        "A-E-I-O-U",
        "A de amor, B de barco\nC de cor",
        "it was written by the sea\nwritten by the sea",
        "slow lamp\n\nwritten by the hand of God",
        "slow lamp\nWritten by Moonlight",
        "composed by rain, produced by wind",
        "slow lamp\nlicensed to love",
        "Music is all: dance\nlyrics on the wall",
        "Ana Vento\nLuz Mar",
        "Read More books\nread more",
        "lost in Translation\ntranslation\nlost in the words",
        "Tradução\nnão há tradução pra saudade\nque eu tenho de você",
        "slow lamp - red boat\n- tall tree",
        "CORAÇÃO NÃO\nÂNGELA É MINHA IRMÃ",
        "à toa, Ásia e âmbar",
    ],
)
def test_words_that_look_like_noise_stay(sung: str) -> None:
    assert clean_lyrics(sung).casefold() == sung.removeprefix("- ").casefold()
    assert not_lyrics("Ana", sung) is None


def test_a_song_in_two_languages_stays_whole() -> None:
    bilingual = "\n".join([*PORTUGUESE[:2], *ENGLISH[:2], *PORTUGUESE[2:], *ENGLISH[2:]])
    assert clean_lyrics(bilingual) == bilingual
    duet = "\n".join([*PORTUGUESE, "", *ENGLISH])
    assert clean_lyrics(duet) == duet


@pytest.mark.parametrize(
    ("kind", "language"), [("line by line", "pt"), ("below a heading", "en"), ("above the original", "pt")]
)
def test_the_language_is_that_of_the_original(kind: str, language: str) -> None:
    assert detect_language(clean_lyrics(TRANSLATED[kind][0])) == language


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("nÃ£o vou Ã  cidade", "não vou à cidade"),
        ("o cafÃ© da manhÃ£\na mão", "o café da manhã\na mão"),
        ("aÃ\xad vocÃª", "aí você"),
        ("nÃƒÂ£o", "não"),
        ("donâ€™t go", "don't go"),
        ("maÃ±ana", "mañana"),
    ],
)
def test_utf_8_that_was_read_as_another_encoding_is_repaired(broken: str, right: str) -> None:
    assert clean_lyrics(broken) == right
    assert not_lyrics("Ana", broken) is None


@pytest.mark.parametrize("lost", ["n\ufffdo vou", "nÃo vou embora", "cidÃ?de"])
def test_letters_that_are_lost_are_named(lost: str) -> None:
    found = not_lyrics("Ana", lost)
    assert found is not None
    assert "letters were lost in 1 words" in found
    assert "UTF-8" in found


_PIECES = st.sampled_from([noisy for noisy, _ in KINDS.values()] + list("\n []()AEm:-0 "))


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=4).map("".join))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean_lyrics(text)
    assert clean_lyrics(cleaned) == cleaned


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "A ",
            "Am\n",
            "A-",
            "A/",
            "[A]",
            "(A)",
            "C  G\n",
            "--",
            "|-",
            "A|--\n",
            "Ab A ",
            "Intro A",
            "0:10 ",
            "0:10\n",
            "00:10.20 ",
        ),
        *(
            "<0:10>",
            "[0:10]",
            "[ar:",
            "1\n0:10 --> 0:12\n",
            "0:10 --> ",
            "WEBVTT\n",
            "NOTE\n",
            "\n\n1",
            "Ã£",
            "Ã",
            "â€",
        ),
        *(
            "Written by:\n",
            "Ana Vento\n",
            "Ana, ",
            "© ",
            "all rights ",
            "Lyrics licensed ",
            " Songwriters: a",
            "External links\n",
        ),
        *("Tradução\n", "12Embed", "12Embed\n", "A Lyrics ", "Read More", "...Read More", "*****", "... This Lyrics"),
        *("the boat\no barco não\n", "Paroles de la chanson "),
    ],
)
@pytest.mark.timeout(30)  # A pattern whose steps grow with the square of the text takes minutes.
def test_a_long_hostile_text_ends(piece: str) -> None:
    clean_lyrics(f"a{piece * (60_000 // len(piece))}.")
