"""Requests are taken apart by the names in them, wherever those stand, in three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_platform.serving.assistant.dialogue.frames import frames, masked
from music_platform.serving.assistant.dialogue.names import NameFinder
from music_platform.serving.assistant.dialogue.spotting import Spotted, Spotter
from music_platform.serving.assistant.playlists import Entry
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform.serving.language import LANGUAGES
from music_platform_tests.support.catalogue_samples import built
from music_platform_tests.support.dialogue_samples import CATALOGUE

LISTS = {
    "": [Entry("d09", "Ana Vale", "Otto Quill"), Entry("d22", "One", "The Plum Radios")],
    "dentist drive": [Entry("d05", "Granite Morning", "The Grey Herons")],
    "horno de pan": [Entry("d05", "Granite Morning", "The Grey Herons")],
    "fim de aula": [Entry("d05", "Granite Morning", "The Grey Herons")],
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> CatalogueSearch:
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite"
    built(path, CATALOGUE, [])
    return CatalogueSearch(path)


def best(catalogue: CatalogueSearch, language: str, text: str) -> Spotted | None:
    return Spotter(NameFinder(text, catalogue, LISTS, frames(language))).best()


SONG, ARTIST = "Lantern Keeper", "Grey Herons"


@pytest.mark.parametrize(
    ("language", "text", "act", "title", "artist", "playlist"),
    [
        ("en", f"I keep humming {SONG} by {ARTIST}, put it on dentist drive", "add", SONG, ARTIST, "dentist drive"),
        ("en", f"make a list called quiet hours and put {SONG} in it", "add", SONG, "", "quiet hours"),
        ("en", f"add to the quiet hours playlist the track {SONG}", "add", SONG, "", "quiet hours"),
        ("en", f"{ARTIST}'s {SONG} belongs on dentist drive", "add", SONG, ARTIST, "dentist drive"),
        (
            "en",
            "Granite Morning has to leave dentist drive, remove it",
            "remove",
            "Granite Morning",
            "",
            "dentist drive",
        ),
        ("en", "I don't want Granite Morning on dentist drive", "remove", "Granite Morning", "", "dentist drive"),
        ("en", "what is on dentist drive right now?", "view", "", "", "dentist drive"),
        ("en", "take everything off dentist drive", "clear", "", "", "dentist drive"),
        ("en", "I am done with the dentist drive list, delete it", "drop", "", "", "dentist drive"),
        ("en", "set up an empty list, name it quiet hours", "create", "", "", "quiet hours"),
        ("es", f"mi abuela canta {SONG} de {ARTIST}, ponla en horno de pan", "add", SONG, ARTIST, "horno de pan"),
        ("es", f"haz una lista nueva llamada horas quietas con {SONG}", "add", SONG, "", "horas quietas"),
        ("es", "Granite Morning no pega en horno de pan, sácala", "remove", "Granite Morning", "", "horno de pan"),
        ("es", "¿qué hay en horno de pan?", "view", "", "", "horno de pan"),
        ("es", "quita todas las canciones de horno de pan", "clear", "", "", "horno de pan"),
        ("es", "ya no necesito la lista horno de pan, bórrala", "drop", "", "", "horno de pan"),
        ("es", "quiero una lista vacía que se llame horas quietas", "create", "", "", "horas quietas"),
        ("pt", f"acabei de ouvir {SONG} de {ARTIST}, salva na fim de aula", "add", SONG, ARTIST, "fim de aula"),
        ("pt", f"monta uma lista chamada horas quietas com {SONG}", "add", SONG, "", "horas quietas"),
        ("pt", "Granite Morning não combina com fim de aula, tira", "remove", "Granite Morning", "", "fim de aula"),
        ("pt", "o que tem na fim de aula?", "view", "", "", "fim de aula"),
        ("pt", "tira todas as músicas da fim de aula", "clear", "", "", "fim de aula"),
        ("pt", "não preciso mais da lista fim de aula, apaga", "drop", "", "", "fim de aula"),
        ("pt", "quero uma lista vazia com o nome horas quietas", "create", "", "", "horas quietas"),
    ],
)
def test_names_are_found_wherever_they_stand(
    catalogue: CatalogueSearch, language: str, text: str, act: str, title: str, artist: str, playlist: str
) -> None:
    found = best(catalogue, language, text)
    assert found
    assert (found.act, found.title, found.artist, found.playlist) == (act, title, artist, playlist)


@pytest.mark.parametrize(
    ("language", "text", "act"),
    [
        ("en", "put that one on dentist drive", "add"),
        ("en", "ok, pop it on dentist drive", "add"),
        ("en", "hmm, take the one you just added off again", "remove"),
        ("es", "vale, ponla en horno de pan", "add"),
        ("es", "esa no, sácala", "remove"),
        ("pt", "boa, coloca essa na fim de aula", "add"),
        ("pt", "a música que a gente acabou de colocar, tira", "remove"),
    ],
)
def test_a_song_talked_of_is_meant_without_its_name(
    catalogue: CatalogueSearch, language: str, text: str, act: str
) -> None:
    found = best(catalogue, language, text)
    assert found
    assert (found.act, found.is_reference, found.title) == (act, True, "")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "did I put Granite Morning on dentist drive already?"),
        ("en", "don't add anything yet"),
        ("en", "maybe Lantern Keeper fits dentist drive"),
        ("en", "everyone danced to dentist drive last night"),
        ("es", "¿quién canta Lantern Keeper?"),
        ("es", "me pregunto si Lantern Keeper pega con horno de pan"),
        ("pt", "talvez um dia eu ponha Lantern Keeper em fim de aula"),
        ("pt", "quem canta Lantern Keeper?"),
    ],
)
def test_what_asks_or_supposes_changes_nothing(catalogue: CatalogueSearch, language: str, text: str) -> None:
    found = best(catalogue, language, text)
    assert found is None or found.act == "view"
    assert frames(language).changes_nothing(text)


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_any_text_can_be_taken_apart(text: str, language: str) -> None:
    known = frames(language)
    frame = known.referring(masked(text, []))
    known.act(frame, asks=False)
    assert all(0 <= start <= end <= len(frame) for (start, end), _ in known.new_lists(frame, within=True))


def test_the_languages_have_frames_of_the_same_kinds() -> None:
    kinds = [frames(language)._kinds.keys() for language in LANGUAGES]
    assert kinds[0] == kinds[1] == kinds[2]
