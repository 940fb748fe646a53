"""What people corrected: every landed correction with its status and the songs whose text it is about.

How a correction becomes a training row is in `models.corrections`.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features import genres, text
from music_platform.features.rules import with_problem, with_rejection
from music_platform.features.songs import key_of_text
from music_platform.schema import DECISIONS
from music_platform.tables import TABLES

_MADE = dt.Struct(
    {"lyrics": dt.string, "language": dt.string, "labels": dt.Array(dt.string), "problem": dt.string, "key": dt.string}
)
_NOTHING = ibis.literal([], type="array<string>")


@ibis.udf.scalar.python(signature=((dt.string, dt.string, dt.Array(dt.string)), _MADE))
def _correction(task: str, lyrics: str, names: list[str | None]) -> dict[str, object]:
    known, unknown = genres.canonical_genres(names)
    cleaned = text.clean_lyrics(lyrics)
    problem = None
    if unknown:
        problem = f"labels: {unknown[0][:40]!r} is no genre"
    elif len(known) != 1 and (task == "genre_pt" or not known):
        problem = f"labels: has {len(known)}; {'exactly' if task == 'genre_pt' else 'at least'} one is required"
    return {
        "lyrics": cleaned,
        "language": text.detect_language(cleaned),
        "labels": known,
        "problem": problem,
        "key": text.text_key(cleaned),
    }


def corrections(landed: ir.Table, decisions: ir.Table, songs: ir.Table) -> ir.Table:
    """`ingestion.corrections` with `rejected`: cleaned, with what the last decision on each says, and its songs.

    A song is one of a correction's when their texts differ at most in case, accents, spaces and punctuation.
    Decisions on corrections that are not there, and unknown ones, change nothing.
    """
    called = landed.mutate(
        made=_correction(landed.task.fill_null(""), landed.lyrics.fill_null(""), landed.labels.fill_null(_NOTHING))
    )
    made = called.made
    newest = ibis.window(group_by="correction_id", order_by=[ibis.desc("decided_at"), ibis.desc("row_id")])
    valid = decisions.filter(decisions.decision.isin(DECISIONS), decisions.decided_at.notnull())
    last = valid.mutate(place=ibis.row_number().over(newest)).filter(lambda t: t.place == 0)
    rows = called.select(
        *("row_id", "landed_at", "correction_id", "task", "model_version", "source", "corrected_at"),
        lyrics=ibis.ifelse(called.lyrics.isnull(), ibis.null("string"), made.lyrics),
        language=made.language,
        labels=made.labels,
        answered=called.answered.fill_null(_NOTHING),
        key=made.key,
        problems=with_problem(called.problems, made.problem),
    )
    matched = rows.select("row_id", "key").join(songs.select("song_id", key=key_of_text(songs.lyrics)), "key")
    same = matched.group_by("row_id").agg(song_ids=matched.song_id.collect().sort())
    rows = rows.left_join(same, "row_id").drop("row_id_right")
    rows = rows.left_join(last.select("correction_id", "decision", "decided_at"), "correction_id")
    rows = rows.drop("correction_id_right").mutate(
        status=rows.decision.fill_null("waiting"), song_ids=rows.song_ids.fill_null(_NOTHING)
    )
    return with_rejection(rows, TABLES["corrections"])
