"""Scripted dialogues: the songs they are about, and a reader of the scripts in `dialogues.<language>.txt`.

A script begins with `# what it shows`. Then come requests (`> ...`), each followed by what must be true after it:
`= A; B` the titles on the current list (`=` alone: none), `@name = A; B` those on another list, `~ text` words that the
reply holds, `! text` words it does not, `% act` what one part was taken for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from music_platform.serving.release import latest_bento
from music_platform.storage.home import Home
from music_platform_tests.support.catalogue_samples import Row, built

_SONGS = [
    ("Bohemian Rhapsody", "Queen", "A Night at the Opera", 1975, 85, 354),
    ("Yesterday", "The Beatles", "Help!", 1965, 84, 125),
    ("Paper Lanterns", "Ana Vale", "Harbour Lights", 1998, 70, 200),
    ("Paper Lanterns - Remastered 2015", "Ana Vale", "Harbour Lights (Deluxe)", 2015, 60, 201),
    ("Paper Lanterns", "The Grey Herons", "Marsh", 2001, 66, 180),
    ("Granite Morning", "The Grey Herons", "Marsh", 2001, 40, 240),
    ("Lantern Keeper", "The Grey Herons", "Marsh", 2001, 45, None),
    ("Stand by the River", "Otto Quill", "Crossings", 1980, 50, 210),
    ("Night Ferry (feat. Mara Fenn)", "Otto Quill", "Crossings", 1980, 55, 190),
    ("Ana Vale", "Otto Quill", "Crossings", 1980, 30, 150),
    ("Show Me the Tide", "Otto Quill", "Late Papers", 1983, 20, 150),
    ("Salt and Ember", "Mara Fenn", "Kiln", 2012, 58, 175),
    ("Down by Law and Water", "Mara Fenn", "Kiln", 2012, 33, 260),
    ("Both Sides of Rain", "Mara Fenn", "Kiln", 2012, 31, 205),
    ("Clear", "Brass Kettle", "Steam", 2005, 41, 199),
    ("Clear the Harbour", "Brass Kettle", "Steam", 2005, 35, 222),
    ("Remove the Crown", "Brass Kettle", "Steam", 2005, 28, 215),
    ("That Song", "Brass Kettle", "Steam", 2005, 22, 145),
    ("A View from the Pier", "Ana Vale", "Harbour Lights", 1998, 52, 230),
    ("Harbour Bells", "Ana Vale", "Harbour Lights", 1998, 44, 160),
    ("Add It All Up", "The Plum Radios", "Dial", 1991, 36, 188),
    ("Run to the Mill", "The Plum Radios", "Dial", 1991, 47, 177),
    ("One", "The Plum Radios", "Dial", 1991, 38, 140),
    ("Undo", "Nils Ferrow", "Knots", 2016, 25, 170),
    ("Coração de Areia", "Léo Marinho", "Maré Alta", 2010, 63, 187),
    ("Barco de Papel", "Léo Marinho", "Maré Alta", 2010, 48, 195),
    ("Rua sem Pressa", "Iara Candeia", "Varandas", 2018, 57, 201),
    ("Tudo de Novo", "Iara Candeia", "Varandas", 2018, 39, 166),
    ("Canción del Faro", "Lucía Roble", "Costa", 2009, 61, 212),
    ("Ventana al Mar", "Lucía Roble", "Costa", 2009, 49, 198),
    ("Todo Es Arena", "Lucía Roble", "Dunas", 2014, 37, 184),
    ("Quita la Niebla", "Los Faros del Sur", "Niebla", 2003, 42, 220),
]
CATALOGUE: list[Row] = [
    (f"d{number:02}", title, artist, album, year, float(popularity))
    for number, (title, artist, album, year, popularity, _) in enumerate(_SONGS)
]
TRACKS: list[Row] = [
    (f"d{number:02}", title, artist, album, year, float(popularity), 1_000 * seconds)
    for number, (title, artist, album, year, popularity, seconds) in enumerate(_SONGS)
    if seconds
]


def bundle(home: Home, folder: Path, catalogue: list[Row], tracks: Sequence[Row] = ()) -> Path:
    """A folder with the bundle of a home's newest bento, and another catalogue in it."""
    bento = latest_bento(home)
    assert bento is not None
    for part in (bento / "src" / "bentos" / "music" / "bundle").iterdir():
        if part.name != "catalogue.sqlite":
            (folder / part.name).symlink_to(part)
    built(folder / "catalogue.sqlite", catalogue, list(tracks))
    return folder


@dataclass
class Script:
    """A dialogue: requests, each with what must be true afterwards as (mark, text)."""

    name: str
    turns: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


def scripts() -> list[Script]:
    """All scripts."""
    found: list[Script] = []
    for path in sorted(Path(__file__).parents[1].joinpath("serving").glob("dialogues.*.txt")):
        for line in filter(None, map(str.strip, path.read_text("utf-8").splitlines())):
            mark, text = line[0], line[1:].strip()
            if mark == "#":
                found.append(Script(f"{path.name.split('.')[1]}: {text}"))
            elif mark == ">":
                found[-1].turns.append((text, []))
            else:
                found[-1].turns[-1][1].append((mark, text))
    return found
