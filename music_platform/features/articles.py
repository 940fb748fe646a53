"""Makes the table of news articles: cleaned texts with the names of their topics."""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from music_platform.features.cleaning import clean_article
from music_platform.features.rules import Transformed, stripped
from music_platform.features.text import text_key
from music_platform.tasks import TOPICS

_READ = dt.Struct({"text": dt.string, "article_id": dt.string})


@ibis.udf.scalar.python(signature=((dt.string,), _READ))
def _article(text: str) -> dict[str, str]:
    cleaned = clean_article(text)
    return {"text": cleaned, "article_id": text_key(cleaned)}


def articles(raw: ir.Table) -> Transformed:
    """The rows of `ingestion.articles`: headline and body in one text, the label as a topic name.

    A label is a topic's name in any case, or 0-3 in AG News order. Rows with equal normalised text are
    duplicates: the one that landed last survives, then the one with the smallest `row_id`.
    """
    headline = stripped(raw.title.fill_null(""))
    body = stripped(raw.text.fill_null(""))
    called = raw.mutate(read=_article(ibis.ifelse((headline == "") | (body == ""), body, headline + " " + body)))
    given = stripped(called.label).lower()
    topics = {name.lower(): name for name in TOPICS} | {str(place): name for place, name in enumerate(TOPICS)}
    rows = called.mutate(
        text=called.read.text,
        article_id=called.read.article_id,
        label=given.cases(*topics.items(), else_=called.label),
    )
    return Transformed(rows)
