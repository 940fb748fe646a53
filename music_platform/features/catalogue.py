"""Makes the table of the songs that the assistant can find."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features.rules import Transformed, stripped
from music_platform.features.text import artist_key, exact_key, track_hash

_KEYS = dt.Struct({"made_id": dt.string, "song": dt.string})


@ibis.udf.scalar.python(signature=((dt.string, dt.string), _KEYS))
def _keys(title: str, artist: str) -> dict[str, str]:
    return {"made_id": track_hash(title, artist), "song": f"{artist_key(artist)}|{exact_key(title)}"}


def catalogue(raw: ir.Table) -> Transformed:
    """The rows of `ingestion.catalogue`, each with an identifier.

    Two accepted rows are duplicates when they share `track_id`, or title (version and signs included) and first
    artist, whatever the album: the assistant could not tell them apart. The row that landed last survives, then the
    most popular, then the one that came with an identifier, then the one with the smallest `row_id`.
    """
    called = raw.mutate(keys=_keys(raw.title.fill_null(""), raw.artist.fill_null("")))
    given = stripped(called.track_id).nullif("")
    rows = called.mutate(
        title=stripped(called.title),
        artist=stripped(called.artist),
        track_id=given.coalesce(called.keys.made_id),
        song=called.keys.song,
        filled=given.isnull(),
    )
    order = [ibis.desc(rows.popularity.fill_null(-1)), rows.filled]
    return Transformed(rows, [("track_id",), ("song",)], order)
