"""Makes the table of corrections: every landed correction with its status, and the songs that have its text.

`models.corrected` makes training rows of the accepted ones.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features import cleaning, genres, text
from music_platform.features.rules import Transformed, with_problem
from music_platform.features.songs import key_of_text
from music_platform.schema import DECISIONS
from music_platform.tasks import corrected

_MADE = dt.Struct(
    {"lyrics": dt.string, "language": dt.string, "labels": dt.Array(dt.string), "problem": dt.string, "key": dt.string}
)
_NOTHING = ibis.literal([], type="array<string>")
_WITH_ONE_LABEL = frozenset(task.name for task in corrected() if task.single)


@ibis.udf.scalar.python(signature=((dt.string, dt.string, dt.Array(dt.string)), _MADE))
def _correction(task: str, lyrics: str, names: list[str | None]) -> dict[str, object]:
    known, unknown = genres.canonical_genres(names)
    cleaned = cleaning.clean_lyrics(lyrics)
    problem = None
    if unknown:
        problem = f"labels: {unknown[0][:40]!r} is not a known genre"
    elif task in _WITH_ONE_LABEL and len(known) != 1:
        problem = f"labels: {len(known)} labels are given; exactly one is required"
    elif not known:
        problem = "labels: no label is given; at least one is required"
    return {
        "lyrics": cleaned,
        "language": text.detect_language(cleaned),
        "labels": known,
        "problem": problem,
        "key": text.text_key(cleaned),
    }


def corrections(landed: ir.Table, decisions: ir.Table, songs: ir.Table) -> Transformed:
    """The rows of `ingestion.corrections`, cleaned, each with the last decision on it and the songs of its text.

    A song has the text of a correction when the two differ at most in case, accents, spaces and punctuation. A
    decision that is unknown, or whose correction is missing, changes nothing.
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
    return Transformed(rows)
