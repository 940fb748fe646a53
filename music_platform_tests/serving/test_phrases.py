"""What people say: folding keeps offsets, numbers and references are read, every pattern means what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.serving.assistant.dialogue.phrases import Reference, fold, language_of, phrases, trimmed
from music_platform.serving.language import LANGUAGES


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_is_lower_case_without_accents_and_curls() -> None:
    assert fold("¿QUÉ “Ação” l’Été?") == '¿que "acao" l\'ete?'


@pytest.mark.parametrize(
    ("language", "text", "reference"),
    [
        ("en", "the second one", Reference("numbers", (2,))),
        ("en", "1, 3", Reference("numbers", (1, 3))),
        ("en", "1 and 3", Reference("numbers", (1, 3))),
        ("en", "songs 2-4", Reference("numbers", (2, 3, 4))),
        ("en", "the first two", Reference("first", (2,))),
        ("en", "the last one", Reference("numbers", (-1,))),
        ("en", "the last three songs", Reference("last", (3,))),
        ("en", "both of them", Reference("both")),
        ("en", "that song", Reference("that")),
        ("en", "The one by Adele", Reference("by", artist="Adele")),
        ("en", "yesterday", None),
        ("en", "one by metallica", None),
        ("es", "esa canción", Reference("that")),
        ("es", "la primera y la tercera", Reference("numbers", (1, 3))),
        ("es", "las dos", Reference("both")),
        ("es", "la de Lucía", Reference("by", artist="Lucía")),
        ("pt", "a última", Reference("numbers", (-1,))),
        ("pt", "as duas primeiras", Reference("first", (2,))),
        ("pt", "todas", Reference("all")),
    ],
)
def test_what_points_at_songs_shown(language: str, text: str, reference: Reference | None) -> None:
    assert phrases(language).reference(text) == reference


@pytest.mark.parametrize(
    ("reference", "count", "positions"),
    [
        (Reference("all"), 2, [0, 1]),
        (Reference("both"), 3, None),
        (Reference("first", (2,)), 5, [0, 1]),
        (Reference("last", (2,)), 5, [3, 4]),
        (Reference("last", (6,)), 5, None),
        (Reference("numbers", (1, -1)), 5, [0, 4]),
        (Reference("numbers", (2, 2)), 5, [1]),
        (Reference("numbers", (6,)), 5, None),
        (Reference("numbers", (0,)), 5, None),
        (Reference("numbers", (-1,)), 0, None),
        (Reference("that"), 5, None),
    ],
)
def test_where_a_reference_points(reference: Reference, count: int, positions: list[int] | None) -> None:
    assert reference.positions(count) == positions


@pytest.mark.parametrize(
    ("language", "text", "act", "places"),
    [
        ("en", "When was Paper Lanterns by Ana Vale released?", "released", {"song": "Paper Lanterns by Ana Vale"}),
        ("en", "which album features Salt", "album", {"song": "Salt"}),
        ("en", "how many songs does Mara Fenn have", "songs of", {"artist": "Mara Fenn"}),
        ("en", "how many songs do i have", "count", {}),
        ("en", "how long is my list", "length", {"playlist": "my list"}),
        ("en", "make a new playlist called Late Night", "create", {"playlist": "Late Night"}),
        ("en", "no, I meant Salt", "correct", {"rest": "Salt"}),
        ("en", "add salt", None, {}),
        ("es", "¿en qué álbum está Ventana?", "album", {"song": "Ventana"}),
        ("es", "deshaz eso", "undo", {}),
        ("es", "crea una lista llamada Playa", "create", {"playlist": "Playa"}),
        ("pt", "quando foi lançada Rua?", "released", {"song": "Rua"}),
        ("pt", "desfaz isso", "undo", {}),
    ],
)
def test_what_needs_no_model(language: str, text: str, act: str | None, places: dict[str, str]) -> None:
    assert phrases(language).act(trimmed(text)) == ((act, places) if act else None)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "salt to my list", ("salt", "")),
        ("en", "salt to my gym playlist", ("salt", "gym")),
        ("en", "run to the mill", ("run", "mill")),
        ("es", "sal a mi lista llamada playa", ("sal", "playa")),
        ("pt", "sal na minha playlist", ("sal", "")),
    ],
)
def test_a_list_at_the_end_is_one_way_to_read_it(language: str, text: str, found: tuple[str, str]) -> None:
    assert found in [listed[:2] for listed in phrases(language).without_list(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_the_same_acts_and_references(language: str) -> None:
    english, own = phrases("en"), phrases(language)
    assert own.acts.keys() == english.acts.keys()
    assert own._verbs.keys() == english._verbs.keys()
    assert own._references.keys() == english._references.keys()


def test_the_language_is_that_of_most_words_else_the_one_before() -> None:
    assert language_of("quiero esa canción en mi lista", "en") == "es"
    assert language_of("quero essa música na minha lista", "en") == "pt"
    assert language_of("zzz", "pt") == "pt"


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_any_text_can_be_read(text: str, language: str) -> None:
    spoken = phrases(language)
    spoken.act(text)
    spoken.reference(text)
    spoken.playlist_name(text)
    assert all(listed.rest in text for listed in spoken.without_list(text))
    assert all(left in text and right in text for left, right in spoken.by_splits(text))


@pytest.mark.parametrize(
    ("language", "text", "rest", "name"),
    [
        ("en", "walking in the rain by otto quill to gym", "walking in the rain by otto quill", "gym"),
        ("en", "salt by mara fenn to my party list please", "salt by mara fenn to my party list", None),
        ("en", "on the late shift list salt by mara fenn", "salt by mara fenn", "late shift"),
        ("es", "en la lista fiesta ventana al mar", "ventana al mar", "fiesta"),
        ("pt", "rua sem pressa da iara candeia à academia", "rua sem pressa da iara candeia", "academia"),
    ],
)
def test_a_list_is_found_wherever_it_begins(language: str, text: str, rest: str, name: str | None) -> None:
    assert (rest, name) in [listed[:2] for listed in phrases(language).without_list(text, to=True)]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "walking in the rain by otto quill", "the rain by otto quill"),
        ("en", "salt by mara fenn to my party list please", "party list please"),
        ("es", "canción del faro de lucía roble", "lucía roble"),
        ("pt", "rua sem pressa da iara candeia", "iara candeia"),
    ],
)
def test_what_joins_an_artist_or_is_polite_is_no_list(language: str, text: str, name: str) -> None:
    assert name not in [found.playlist for found in phrases(language).without_list(text, to=True)]


@pytest.mark.parametrize(
    ("language", "text", "moved"),
    [
        ("en", "on my gym list put salt by mara fenn", "put salt by mara fenn on my gym list"),
        ("es", "en mi lista de fiesta pon ventana al mar", "pon ventana al mar en mi lista de fiesta"),
        ("pt", "na minha lista academia bota rua sem pressa", "bota rua sem pressa na minha lista academia"),
        ("en", "in the end put it there", "in the end put it there"),
    ],
)
def test_a_list_before_the_verb_goes_to_the_end(language: str, text: str, moved: str) -> None:
    assert phrases(language).without_front(text, 0) == moved
