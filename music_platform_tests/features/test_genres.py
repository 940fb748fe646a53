"""Genre names of the sites and dumps become canonical slugs; the table is checked when it is read."""

from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.features.genres import TABLE, canonical, canonical_genres, read_table, slug


@pytest.mark.parametrize(
    ("name", "genre"),
    [
        ("gospelreligioso", "gospel"),
        ("hip-hop-rap", "rap"),
        ("Hip-Hop", "rap"),
        ("hip_hop", "rap"),
        ("funk-carioca", "funk"),
        ("r-n-b", "r-b"),
        ("R&B", "r-b"),
        ("Bossa Nova", "bossa-nova"),
        ("FORRÓ", "forro"),
        ("k-pop-k-rock", "k-pop"),
        ("Alt. Rock", "alternative"),
        ("sertanejo-universitario", "sertanejo"),
        ("heavy-metal", "metal"),
        ("zouk love", None),
        ("ロック", None),
        ("", None),
    ],
)
def test_names_of_sources_are_known(name: str, genre: str | None) -> None:
    assert canonical(name) == genre


def test_known_and_unknown_names_are_parted_and_sorted() -> None:
    assert canonical_genres(["Rock", " R&B ", "r-n-b", "zouk love", None, " ", "afoxé"]) == (
        ["r-b", "rock"],
        ["afoxé", "zouk love"],
    )


def test_every_genre_of_the_table_stands_for_itself() -> None:
    aliases = read_table(TABLE)
    assert all(aliases[genre] == genre for genre in aliases.values())
    assert all(slug(alias) == alias for alias in aliases)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("name,genre\n", "alias, genre, name are expected"),
        ("alias,genre,name\nRock,rock,Rock\n", "line 2: alias 'Rock' is not a slug"),
        ("alias,genre,name\nrock,,Rock\n", "line 2: genre '' is not a slug"),
        ("alias,genre,name\nrock,rock,Rock\nrock,pop,\n", "line 3: alias 'rock' has two rows"),
        ("alias,genre,name\nroque,rock,\n", "genre 'rock' has no display name; add a row `rock,rock,<name>`"),
    ],
)
def test_a_broken_table_is_refused_with_the_line(rows: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "genres.csv"
    path.write_text(rows, "utf-8")
    with pytest.raises(InputError, match=message) as raised:
        read_table(path)
    assert str(path) in str(raised.value)
