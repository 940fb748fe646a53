"""The artist who counts where a name holds commas: of a list, of a band, or of a name written last name first.

The rows themselves tell: names that occur alone, and whether their file parts artists in another way.
"""

import re

import ibis
import ibis.expr.types as ir

from music_platform.features.text import artist_key

_BETWEEN = re.compile(r",\s+|\s+(?:&|and|e|y)\s+", re.I)
_BAND = r",\s[^,;]*\s(&|and|e|y)\s"


@ibis.udf.scalar.python
def _key(artist: str) -> str:
    return artist_key(artist)


@ibis.udf.scalar.python
def _inverted(artist: str) -> str:
    """The name behind the comma put first; empty where there is not one comma."""
    parts = [part.strip() for part in artist.split(",")]
    return f"{parts[1]} {parts[0]}" if len(parts) == 2 and all(parts) else ""


@ibis.udf.scalar.python
def _parts(artist: str) -> list[str]:
    return [artist_key(part) for part in _BETWEEN.split(artist) if part.strip()]


@ibis.udf.scalar.python
def _first(artist: str) -> str:
    return _BETWEEN.split(artist)[0].strip()


def with_credit(rows: ir.Table) -> ir.Table:
    """`rows` with `credit`: `artist`, or the name that is meant by it where it holds commas.

    - "Last, First" is "First Last" if that occurs alone.
    - "A, B & C" is a band, unless all of A, B and C occur alone: then it is A.
    - In a file that parts artists by semicolons, commas belong to their names.
    - Another "A, B" stays: it is a list, whose first artist counts.
    """
    named = rows.mutate(name=rows.artist.fill_null(""), file=rows.row_id.split(":")[0])
    names = named.select("name").distinct()
    alone = names.filter(~names.name.contains(", ") & ~names.name.contains(";"))
    known = alone.select(key=_key(alone.name)).distinct()
    parted = named.filter(named.name.contains(";")).select("file").distinct().mutate(has_semicolons=True)

    listed = names.filter(names.name.contains(", ") & ~names.name.contains(";"))
    turned = listed.mutate(meant=_inverted(listed.name))
    turned = turned.filter(turned.meant != "").mutate(key=_key(turned.meant))
    inverted = turned.semi_join(known, "key").select("name", "meant")
    bands = listed.filter(listed.name.re_search(_BAND))
    members = bands.select("name", key=_parts(bands.name).unnest()).left_join(known.mutate(is_known=True), "key")
    all_known = members.group_by("name").agg(unknown=members.is_known.isnull().sum())
    lists = all_known.filter(all_known.unknown == 0).select("name", meant=_first(all_known.name))
    meant = inverted.union(lists.anti_join(inverted, "name"))

    found = named.left_join(meant, "name").left_join(parted, "file")
    in_name = found.has_semicolons & ~found.name.contains(";")
    whole = ibis.ifelse(in_name.fill_null(False), found.name.replace(",", " "), ibis.null("string"))
    return found.select(*rows.columns, credit=ibis.coalesce(whole, found.meant, found.name))
