"""Invents news articles on four topics. No event, place or person in them is real."""

import numpy as np
import pyarrow as pa

from music_platform.sample.vocabulary import chance, pick, vocabulary, words
from music_platform.tasks import TOPICS

ROWS = 1_200

OWN, FOREIGN = 0.3, 0.2
"""Share of an article's open words that come from its topic, and from any topic."""


def _text(rng: np.random.Generator, pattern: str, topic: str, case: str = "") -> str:
    found = vocabulary("articles")
    chosen = []
    for _ in range(pattern.count("{}")):
        draw = rng.random()
        if draw < OWN + FOREIGN:
            word = pick(rng, words("articles", "topics", topic if draw < OWN else pick(rng, TOPICS)))
        else:
            word = pick(rng, words("articles", "shared"))
        chosen.append(word.title() if case == "title" else word)
    named = {"day": "days", "place": "places", "name": "names"}
    return pattern.format(*chosen, **{key: pick(rng, tuple(found[name].split())) for key, name in named.items()})


def articles(size: float = 1.0) -> pa.Table:
    """The articles: 1,200 at size 1, equally many of each topic; about 1 % are repeated and a few have no text.

    Returns:
        A table of the columns text, label (the topic's name) and title.
    """
    rng, patterns = chance("articles"), vocabulary("articles")
    count = max(80, round(ROWS * size))
    rows = []
    for at in range(count):
        topic = TOPICS[at % len(TOPICS)]
        title = _text(rng, pick(rng, patterns["titles"]), topic, "title")
        body = [_text(rng, pick(rng, patterns["sentences"]), topic) for _ in range(int(rng.integers(1, 4)))]
        rows.append((" ".join(body), topic, title))
    for at in rng.choice(count, count // 100, replace=False):
        rows[at] = rows[at - 1] if rng.random() < 0.7 else ("", *rows[at][1:])
    columns = zip(*rows, strict=True)
    return pa.table(dict(zip(("text", "label", "title"), map(list, columns), strict=True)))
