"""Makes the lyrics feature group: every source row cleaned, one row per song as of any date, and counts of genres.

Put a cleaning rule where `cleaning.py` says, and a name of a genre into `genres.csv`.
"""

from datetime import date

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features import broken_encoding, cleaning, genres, text
from music_platform.features.artists import with_credit
from music_platform.features.rules import Transformed, with_problem, words

_TEXT_OF_SONG = dt.Struct(
    {
        "song_id": dt.string,
        "artist_key": dt.string,
        "lyrics": dt.string,
        "language": dt.string,
        "problem": dt.string,
        "genres": dt.Array(dt.string),
        "unknown_genres": dt.Array(dt.string),
    }
)
_ROUNDS = 3
_NO_NAMES = ibis.literal([], type="array<string>")


@ibis.udf.scalar.python(signature=((dt.string, dt.string, dt.string, dt.Array(dt.string)), _TEXT_OF_SONG))
def _song(artist: str, title: str, lyrics: str, names: list[str | None]) -> dict[str, object]:
    known, unknown = genres.canonical_genres(names)
    cleaned = cleaning.clean_lyrics(lyrics)
    return {
        "song_id": text.song_id(artist, title),
        "artist_key": text.artist_key(artist),
        "lyrics": cleaned,
        "language": text.detect_language(cleaned),
        "problem": cleaning.not_lyrics(artist, lyrics),
        "genres": known,
        "unknown_genres": unknown,
    }


@ibis.udf.scalar.python
def key_of_text(lyrics: str) -> str:
    """`text.text_key` of a column of lyrics."""
    return text.text_key(lyrics)


@ibis.udf.scalar.python
def _decoded(name: str) -> str:
    return broken_encoding.repaired(name)


def _with_repaired_names(lyrics: ir.Table) -> ir.Table:
    made = lyrics.mutate(named=_decoded(lyrics.artist.fill_null("")), titled=_decoded(lyrics.title.fill_null("")))
    missing = ibis.null("string")
    return made.mutate(
        artist=ibis.ifelse(made.artist.isnull(), missing, made.named),
        title=ibis.ifelse(made.title.isnull(), missing, made.titled),
    ).drop("named", "titled")


def song_sources(lyrics: ir.Table) -> Transformed:
    """The rows of `ingestion.lyrics`, cleaned, with their song, genres, language and day.

    Of rows with equal song, title, source, page, text, genres and day the one with the smallest `row_id`
    survives: the same row landed again. Versions, other pages and other days of a song are kept beside it.
    """
    # One call per row, because each call of a Python function crosses from the engine to the interpreter and back.
    # No argument is null, because DuckDB skips the call for a null and Spark does not. The rules reject missing values.
    lyrics = with_credit(_with_repaired_names(lyrics))
    called = lyrics.mutate(
        made=_song(
            lyrics.credit,
            lyrics.title.fill_null(""),
            lyrics.lyrics.fill_null(""),
            lyrics.genres.fill_null(_NO_NAMES),
        )
    )
    made = called.made
    rows = called.select(
        *("row_id", "artist", "title", "album", "year", "source", "url", "fetched_at"),
        lyrics=ibis.ifelse(called.lyrics.isnull(), ibis.null("string"), made.lyrics),
        **{name: made[name] for name in ("song_id", "artist_key", "language", "genres", "unknown_genres")},
        extracted_on=called.fetched_at.date(),
        words=words(made.lyrics),
        problems=with_problem(called.problems, made.problem),
    )
    same = ("song_id", "title", "source", "url", "lyrics", "genres", "extracted_on")
    return Transformed(rows, duplicate_of=[same])


def songs(sources: ir.Table, as_of: date | None = None) -> Transformed:
    """One row per song of `features.song_sources`, from the rows extracted up to day `as_of`, or from all if None.

    Rows with equal cleaned lyrics by one artist are one song, whatever the title, and so are songs that are
    linked by a third one. A song's id is that of its first extracted row, of several the one with the smallest
    `row_id`, so that it stays when rows arrive. Its text, title and the rest are those of the latest extraction, of
    several the one with most words, then the one with the smallest `row_id`. Genres and sources are the sorted union
    over all its rows; `genre_scope` is the sorted union of all genres that any of its sources uses.
    """
    known = sources if as_of is None else sources.filter(sources.extracted_on <= as_of)
    scope = (
        known.select("source", genre=known.genres.unnest())
        .distinct()
        .group_by("source")
        .agg(scope=lambda t: t.genre.collect())
    )
    rows = _same_song(known).join(scope, "source", how="left")
    newest = ibis.window(group_by="song_id", order_by=[ibis.desc("extracted_on"), ibis.desc("words"), "row_id"])
    best = rows.mutate(place=ibis.row_number().over(newest)).filter(lambda t: t.place == 0)
    merged = rows.group_by("song_id").agg(
        genres=_union(rows.genres),
        genre_scope=_union(rows.scope.fill_null(_NO_NAMES)),
        sources=rows.source.collect(distinct=True).sort(),
        latest=rows.extracted_on.max(),
        first_extracted_on=rows.extracted_on.min(),
    )
    taken = ("artist", "title", "artist_key", "lyrics", "language", "album", "year", "words", "row_id")
    result = best.select("song_id", *taken).join(merged, "song_id").rename(extracted_on="latest")
    return Transformed(result, duplicate_of=())


def _same_song(sources: ir.Table) -> ir.Table:
    """`sources` with the `song_id` of the first row that its song is linked to by title or text.

    A round passes the first row on to all rows of its texts, then of their titles: three titles in a chain are
    always joined, the far ends of a longer one may stay parted.
    """
    rows = _apart(sources.mutate(text_key=key_of_text(sources.lyrics)))
    rows = rows.mutate(first=_order(rows) + " " + rows.song_id)
    for _ in range(_ROUNDS):
        rows = rows.mutate(first=rows.first.min().over(ibis.window(group_by=["artist_key", "text_key"])))
        rows = rows.mutate(first=rows.first.min().over(ibis.window(group_by="song_id")))
    return rows.mutate(song_id=rows.first.right(16)).drop("first", "text_key")


def _order(rows: ir.Table) -> ir.StringValue:
    return rows.fetched_at.cast("string") + " " + rows.row_id


def _apart(rows: ir.Table) -> ir.Table:
    """`rows` where songs of one title and artist whose texts have nothing in common, as two intros, have own ids.

    The song of the first row keeps its id, and the id of another one is made of its first text. All rows of a page are
    one song.
    """
    texts = rows.group_by("song_id").agg(texts=rows.text_key.nunique())
    several = rows.semi_join(texts.filter(texts.texts > 1), "song_id")
    one = several.select("song_id", "row_id", "url", "lyrics")
    other = several.select("song_id", "text_key", place=several.url, text=several.lyrics, first=_order(several))
    pairs = one.join(other, "song_id")
    alike = pairs.filter((pairs.url == pairs.place).fill_null(False) | _are_one(pairs.lyrics, pairs.text))
    leaders = alike.group_by("row_id").agg(leader=alike.first.min(), its_text=alike.text_key.argmin(alike.first))
    firsts = several.group_by("song_id").agg(main=_order(several).min())
    found = rows.left_join(leaders, "row_id").left_join(firsts, "song_id")
    is_other = (found.leader != found.main).fill_null(False)
    own = _own_id(found.song_id, found.its_text.fill_null(""))
    return found.select(
        *(name for name in rows.columns if name != "song_id"), song_id=ibis.ifelse(is_other, own, found.song_id)
    )


@ibis.udf.scalar.python
def _are_one(lyrics: str, other: str) -> bool:
    return text.are_one_song(lyrics, other)


@ibis.udf.scalar.python
def _own_id(song_id: str, text_key: str) -> str:
    return text.part_id(song_id, text_key)


def _union(lists: ir.ArrayColumn) -> ir.ArrayValue:
    return lists.collect().flatten().unique().sort()


def genre_trend(sources: ir.Table) -> Transformed:
    """The genres of each day of extraction: the number of songs, and their share (0-1) of the songs of that day."""
    days = sources.group_by("extracted_on").agg(all_songs=sources.song_id.nunique())
    named = sources.select("extracted_on", "song_id", genre=sources.genres.unnest())
    counted = named.group_by("extracted_on", "genre").agg(songs=named.song_id.nunique())
    joined = counted.join(days, "extracted_on")
    rows = joined.select("extracted_on", "genre", "songs", share=joined.songs / joined.all_songs)
    return Transformed(rows, duplicate_of=())


def unknown_genres(sources: ir.Table) -> Transformed:
    """The genre names of each source that the alias table does not know, and the number of songs that carry them."""
    named = sources.select("source", "song_id", name=sources.unknown_genres.unnest())
    rows = named.group_by("name", "source").agg(songs=named.song_id.nunique())
    return Transformed(rows, duplicate_of=())
