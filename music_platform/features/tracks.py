"""Makes the table of tracks with audio features."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features import genres, text
from music_platform.features.rules import Transformed, stripped
from music_platform.tasks import CLUSTER_FEATURES

_KEYS = dt.Struct({"made_id": dt.string, "artist_key": dt.string, "title_key": dt.string})


@ibis.udf.scalar.python(signature=((dt.string, dt.string), _KEYS))
def _keys(title: str, artists: str) -> dict[str, str]:
    return {
        "made_id": text.track_hash(title, artists),
        "artist_key": text.artist_key(artists),
        "title_key": text.title_key(title),
    }


@ibis.udf.scalar.python
def _genre(name: str) -> str:
    return genres.canonical(name) or genres.slug(name) or ""


def tracks(raw: ir.Table) -> Transformed:
    """The rows of `ingestion.tracks`, each with an identifier and its canonical genre.

    Two accepted rows are duplicates when they share `track_id`, or title (versions set aside), first artist
    and the five clustering features to 3 digits: one recording on several albums. The row that landed
    last survives, then the most popular, then one with a genre, then the one with the smallest `row_id`.
    """
    called = raw.mutate(
        keys=_keys(raw.track_name.fill_null(""), raw.artists.fill_null("")),
        slug=_genre(raw.genre.fill_null("")),
    )
    rows = called.mutate(
        track_id=stripped(called.track_id).nullif("").coalesce(called.keys.made_id),
        artist_key=called.keys.artist_key,
        genre=called.slug.nullif(""),
        recording=ibis.literal("|").join(
            [
                called.keys.title_key,
                called.keys.artist_key,
                *(called[name].round(3).cast("string") for name in CLUSTER_FEATURES),
            ]
        ),
    )
    order = [ibis.desc(rows.popularity.fill_null(-1)), rows.genre.isnull()]
    return Transformed(rows, [("track_id",), ("recording",)], order)
