"""Songs with invented names in the shapes that real names have, and invented names of lists."""

import random

from music_platform_tests.support.catalogue_samples import Row

_STARTS = (
    "bra",
    "tel",
    "mor",
    "qui",
    "fen",
    "lus",
    "dor",
    "vam",
    "ske",
    "oli",
    "nar",
    "pew",
    "gri",
    "zal",
    "huv",
    "tro",
)
_ENDS = ("vik", "dra", "lone", "met", "sun", "ra", "quel", "bim", "to", "nare", "fis", "wold", "ce", "pan")
_TITLES = (
    "{a}", "{a} {b}", "{a} in the {b}", "{a} to {b}", "on the {a}", "by {a}", "{a} for {b}", "from {a} to {b}",
    "{a} de {b}", "a {a} do {b}", "{a} da {b}", "{a} por {b}", "en la {a}", "na {a} de {b}", "no {a}",
    "{a} and {b}", "{a} or {b}", "{a} y {b}", "{a} e {b}", "{a} & {b}", "{a}, {b}",
    "7 {a}", "22", "one {a}", "first {a}", "both {a}", "the last {a}", "dos {a}", "um {a}",
    "add {a}", "put it {a}", "remove {a}", "show me the {a}", "clear {a}", "play {a}", "stop {a}", "no {a}",
    "please {a}", "thank {a}", "por favor {a}", "quita {a}", "pon {a}", "toca {a}", "limpa {a}",
    "{a} (feat. {B})", "{a} - Live", "({a}) {b}", "{a}: {b}", "{A}'s {b}", "{a}!", "夜の{a}", "ночь {a}", "قمر {a}",
)  # fmt: skip
_ARTISTS = (
    "{A}",
    "{A} {B}",
    "The {A}",
    "{A} & {B}",
    "{A}, {B} & {C}",
    "{A} and the {B}",
    "{A} de {B}",
    "DJ {A}",
    "{A} y {B}",
)


def word(draw: random.Random) -> str:
    """An invented word."""
    return "".join(draw.choice(_STARTS) for _ in range(draw.randint(1, 2))) + draw.choice(_ENDS)


def _filled(shape: str, draw: random.Random) -> str:
    words = {letter: word(draw) for letter in "abc"}
    return shape.format(**words, **{letter.upper(): said.capitalize() for letter, said in words.items()})


def songs(count: int) -> list[Row]:
    """Rows of a catalogue: every shape of title, by artists of every shape."""
    draw = random.Random(7)  # noqa: S311 - no secret
    artists = [_filled(draw.choice(_ARTISTS), draw) for _ in range(count // 3)]
    titles = (_filled(_TITLES[number % len(_TITLES)], draw) for number in range(count))
    return [
        (f"s{number}", title, draw.choice(artists), None, None, float(draw.randint(0, 90)))
        for number, title in enumerate(titles)
    ]
