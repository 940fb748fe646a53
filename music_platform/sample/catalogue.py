"""Invents a catalogue: the songs of the sites first, then others."""

import pyarrow as pa

from music_platform.sample.songs import names, songs, title
from music_platform.sample.vocabulary import LANGUAGES, chance, pick

ROWS = 20_000


def catalogue(size: float = 1.0) -> pa.Table:
    """The catalogue: 20,000 rows at size 1, never fewer than the songs that requests name.

    Returns:
        A table of the columns title, artist, album, year and popularity (0-100); about 1 % of the rows repeat
        another, a few have no title, and the year is missing here and there.
    """
    rng = chance("catalogue")
    rows = [(song.title, song.artist.name, song.album, song.year) for song in songs()]
    known = {language: names(language) for language in LANGUAGES}
    count = max(round(ROWS * size), len(rows))
    while len(rows) < count:
        language = pick(rng, LANGUAGES)
        artist, album = pick(rng, known[language]), title(rng, language)
        year = int(rng.integers(1960, 2026))
        rows += [(title(rng, language), artist, album, year) for _ in range(int(rng.integers(1, 6)))]
    del rows[count:]
    titles, artists, albums, years = (list(column) for column in zip(*rows, strict=True))
    first = len(songs())
    for at in rng.choice(count, count // 100, replace=False):
        if at >= first:
            titles[at], artists[at] = (titles[at - 1], artists[at - 1]) if rng.random() < 0.8 else (None, artists[at])
    gone = rng.random(count) < 0.03
    return pa.table(
        {
            "title": titles,
            "artist": artists,
            "album": albums,
            "year": pa.array(
                [None if missing else year for year, missing in zip(years, gone, strict=True)], pa.int64()
            ),
            "popularity": (100 * rng.beta(1.5, 5, count)).round(1),
        }
    )
