"""Example bodies of the routes, in invented text: for `/samples/{route}` and the documentation.

A task without a text of its own in `_OWN` gets the example of its `body`.
"""

from typing import Any

from music_platform.tasks import TASKS

_FEATURES = {
    "danceability": 0.62,
    "speechiness": 0.05,
    "instrumentalness": 0.0,
    "valence": 0.54,
    "tempo": 118.0,
}
_BY_BODY: dict[str, dict[str, Any]] = {
    "lyrics": {
        "lyrics": "The river took my paper boat and left me on the shore\n"
        "I wrote your name in summer dust, I will not write it more\n"
        "And the radio is playing what the morning has in store"
    },
    "text": {"text": "The harbour city opened a second ferry line after a vote on the price of tickets."},
    "track": _FEATURES,
}
_OWN: dict[str, dict[str, Any]] = {
    "genre_pt": {
        "lyrics": "Acendi a luz da varanda pra você me encontrar\n"
        "O vento trouxe a saudade, não deixou ela passar\n"
        "E eu fiquei com a lua cheia, sem ninguém pra conversar"
    },
    "intents": {"text": "add the song about the paper boat to my playlist"},
}

SAMPLES: dict[str, dict[str, Any]] = {
    **{task.route: _OWN.get(task.route, _BY_BODY[task.body]) for task in TASKS.values() if task.route},
    "recommendations": {**_FEATURES, "k": 5},
    "assistant": {"text": "what can you do?"},
}
"""Route, without its slash -> a body that it answers. The documentation shows the routes in this order."""
