"""Example bodies of every route, in invented text: what `/samples/{route}` answers and the documentation shows."""

from typing import Any

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
    "topics": {"text": "The harbour city opened a second ferry line after the council agreed on the price of the tickets."},
    "intents": {"text": "add the song about the paper boat to my playlist"},
    "recommendations": {
        "danceability": 0.62, "speechiness": 0.05, "instrumentalness": 0.0, "valence": 0.54, "tempo": 118.0, "k": 5
    },
    "clusters": {"danceability": 0.62, "speechiness": 0.05, "instrumentalness": 0.0, "valence": 0.54, "tempo": 118.0},
}  # fmt: skip
"""Route, without its slash -> a body that it answers."""
