"""Example bodies of every route, in invented text: for `/samples/{route}` and the documentation."""

from typing import Any

_FEATURES = {
    "danceability": 0.62,
    "speechiness": 0.05,
    "instrumentalness": 0.0,
    "valence": 0.54,
    "tempo": 118.0,
}

SAMPLES: dict[str, dict[str, Any]] = {
    "genres": {
        "lyrics": "The river took my paper boat and left me on the shore\n"
        "I wrote your name in summer dust, I will not write it more\n"
        "And the radio is playing what the morning has in store"
    },
    "genre_pt": {
        "lyrics": "Acendi a luz da varanda pra você me encontrar\n"
        "O vento trouxe a saudade, não deixou ela passar\n"
        "E eu fiquei com a lua cheia, sem ninguém pra conversar"
    },
    "topics": {"text": "The harbour city opened a second ferry line after a vote on the price of tickets."},
    "intents": {"text": "add the song about the paper boat to my playlist"},
    "recommendations": {**_FEATURES, "k": 5},
    "clusters": _FEATURES,
    "assistant": {"text": "what can you do?"},
}
"""Route, without its slash -> a body that it answers."""
