"""Accepted corrections as training rows, in the place of the rows that they correct."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from music_platform.features.text import text_key

SOURCE = "corrections"


def corrected(songs: pa.Table, accepted: pa.Table, weight: int) -> pa.Table:
    """The songs with the labels that accepted corrections of one task give them.

    A correction takes the place of the genres of its songs; of a text that is no song's it becomes a row of its own,
    a split unit by itself. Such a row knows of every genre, weighs as `weight` songs, and only trains: it is never
    judged, since what people correct is what models get wrong. Of several corrections of a text the last counts.

    Args:
        songs: columns of `tables.TABLES["songs"]`.
        accepted: columns of `tables.TABLES["corrections"]`, of one task.
        weight: songs that a correction counts as.

    Returns:
        The songs with `weight` and `judged`; as they are if nothing was accepted.
    """
    if not accepted.num_rows:
        return songs
    ordered = accepted.sort_by([("decided_at", "ascending"), ("correction_id", "ascending")]).to_pylist()
    of_songs = {song: row for row in ordered for song in row["song_ids"]}
    of_texts = {text_key(row["lyrics"]): row for row in ordered if not row["song_ids"]}
    known = sorted(set(pc.list_flatten(songs["genres"]).to_pylist()).union(*(row["labels"] for row in ordered)))
    is_corrected = pc.is_in(songs["song_id"], value_set=pa.array(list(of_songs), pa.string()))
    rows: list[dict[str, Any]] = [
        song | {"genres": of_songs[song["song_id"]]["labels"]} for song in songs.filter(is_corrected).to_pylist()
    ]
    for key, row in of_texts.items():
        identity = dict.fromkeys(("song_id", "artist_key"), f"{SOURCE}:{key}")
        rows.append({**identity, **{name: row[name] for name in ("lyrics", "language")}, "genres": row["labels"]})
    corrections = pa.Table.from_pylist([row | {"genre_scope": known} for row in rows], songs.schema)
    return pa.concat_tables(
        [_weighing(songs.filter(pc.invert(is_corrected)), 1, judged=True), _weighing(corrections, weight, judged=False)]
    )


def _weighing(rows: pa.Table, weight: int, *, judged: bool) -> pa.Table:
    rows = rows.append_column("weight", pa.repeat(pa.scalar(weight, pa.int64()), len(rows)))
    return rows.append_column("judged", pa.repeat(pa.scalar(judged), len(rows)))
