"""Makes the table of utterances: landed ones, and the platform's own from `wordings.py`."""

import json
from datetime import datetime

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features.rules import Transformed, stripped, with_problem
from music_platform.features.text import detect_language, slot_name, template_of, text_key
from music_platform.features.wordings import wordings

_READ = dt.Struct(
    {
        "slots": dt.string,
        "problem": dt.string,
        "lang": dt.string,
        "template": dt.string,
        "text_key": dt.string,
    }
)


def read_slots(slots: str) -> list[dict[str, object]]:
    """The slots of an utterance from their JSON, named as `slot_name` says.

    Raises:
        ValueError: `slots` is not a JSON list of objects that have a name and a text as value.
    """
    named = json.loads(slots)
    if not isinstance(named, list) or not all(
        isinstance(slot, dict) and isinstance(slot.get("name"), str) and isinstance(slot.get("value"), str)
        for slot in named
    ):
        raise ValueError("not a list of {name, value, start, end}")
    return [{**slot, "name": slot_name(slot["name"])} for slot in named]


@ibis.udf.scalar.python(signature=((dt.string, dt.string), _READ))
def _utterance(text: str, slots: str) -> dict[str, str | None]:
    problem = None
    try:
        named = json.dumps(read_slots(slots.strip() or "[]"), ensure_ascii=False)
    except ValueError:
        named = "[]"
        problem = f"slots: {slots[:40]!r} is not a JSON list of {{name, value, start, end}}"
    return {
        "slots": named,
        "problem": problem,
        "lang": detect_language(text),
        "template": template_of(text, named),
        "text_key": text_key(text),
    }


def utterances(raw: ir.Table, catalogue: ir.Table) -> Transformed:
    """The rows of `ingestion.utterances` and own wordings, with slots named alike, a language and a template.

    Rows whose texts differ only in case, accents and punctuation are duplicates, also when their intents
    differ: the one that landed last survives, then one with slots, then the one with the smallest `row_id`. A wording
    never survives a landed row.

    Args:
        raw: `ingestion.utterances`.
        catalogue: `features.catalogue`, whose songs the wordings of `features.wordings` are filled with.
    """
    called = raw.mutate(read=_utterance(raw.text.fill_null(""), raw.slots.fill_null("[]")))
    given = stripped(called.lang.lower()).substr(0, 2)
    said = called.select(
        "row_id",
        "source",
        "landed_at",
        text=stripped(called.text),
        intent=stripped(called.intent.lower()),
        slots=called.read.slots,
        lang=given.nullif("").fill_null(called.read.lang),
        template=called.read.template,
        text_key=called.read.text_key,
        problems=with_problem(called.problems, called.read.problem),
    )
    own = wordings(catalogue).mutate(
        landed_at=ibis.literal(datetime(1970, 1, 1)).cast(said.landed_at.type()),
        problems=ibis.literal([], type="array<string>"),
    )
    rows = said.union(own.select(said.columns))
    return Transformed(rows, [("text_key",)], [rows.slots == "[]"])
