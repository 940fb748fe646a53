"""Recommendations: exact, of the same cluster, every song once, few by one artist, filtered, for a true reason."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.models.scorers.nearest import NearestTracks
from music_platform.serving.bundle import write_bundle
from music_platform.serving.tracks.recommender import Neighbour, Recommender, Wanted
from music_platform.serving.tracks.store import UnknownTrackError
from music_platform.tasks import CLUSTER_FEATURES
from music_platform_tests.support.champions import features, tracks

SCALE = np.array([1, 1, 1, 1, 0.01])
TABLE = tracks()
ROWS = TABLE.to_pylist()
FEATURES = features(TABLE).astype(np.float32).astype(np.float64)
SONG = {row["track_id"]: "paper boat" if i < 2 else row["track_name"] for i, row in enumerate(ROWS)}
POPULAR = [-1 if row["popularity"] is None else -row["popularity"] - 2 for row in ROWS]
GENRES = {row["track_id"]: {row["genre"]} - {None} for row in ROWS} | {f"t000{i}": {"samba"} for i in (0, 1)}


class Halves:
    """Two clusters, parted at danceability 0.5; tempo weighs a hundredth."""

    def standardised(self, values: np.ndarray) -> np.ndarray:
        """Tempo weighs a hundredth."""
        return values * SCALE

    def assign(self, values: np.ndarray) -> np.ndarray:
        """Quiet or danceable."""
        return (values[:, 0] > 0.5).astype(np.int64)


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return Recommender(write_bundle(tmp_path_factory.mktemp("tracks") / "bundle", {}, TABLE), Halves())


def passes(row: dict, wanted: Wanted) -> bool:
    ranges = (("year", wanted.year), ("popularity", wanted.popularity))
    inside = all(span is None or (row[n] is not None and span[0] <= row[n] <= span[1]) for n, span in ranges)
    return inside and (wanted.genres is None or bool(GENRES[row["track_id"]] & set(wanted.genres)))


def searched(place: int, wanted: Wanted) -> list[str]:
    """What a look at every track finds, one after the other."""
    distances = np.linalg.norm((FEATURES - FEATURES[place]) * SCALE, axis=1)
    found, songs, artists = [], {SONG[ROWS[place]["track_id"]]}, []
    for i in np.lexsort((range(300), POPULAR, distances)):
        row, same = ROWS[i], (FEATURES[i, 0] > 0.5) == (FEATURES[place, 0] > 0.5)
        song, artist = SONG[row["track_id"]], row["artist_key"]
        if same and passes(row, wanted) and song not in songs and artists.count(artist) < wanted.per_artist:
            found.append(row["track_id"])
            songs.add(song)
            artists.append(artist)
    return found[: wanted.k]


spans = st.tuples(st.integers(0, 110), st.integers(0, 60))
WANTED = st.builds(
    Wanted,
    k=st.integers(1, 50),
    per_artist=st.integers(1, 3),
    genres=st.none() | st.lists(st.sampled_from(["samba", "rap", "rock", "forro", "unknown"]), min_size=1),
    year=st.none() | spans.map(lambda span: (1950 + span[0], 1950 + sum(span))),
    popularity=st.none() | spans.map(lambda span: (span[0], sum(span))),
)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 299), wanted=WANTED)
def test_whatever_is_wanted_equals_a_search_through_all_tracks(
    recommender: Recommender, place: int, wanted: Wanted
) -> None:
    _, found = recommender.like_track(ROWS[place]["track_id"], wanted)
    assert [track.track_id for track in found] == searched(place, wanted)
    rows = {row["track_id"]: i for i, row in enumerate(ROWS)}
    exact = np.linalg.norm((FEATURES[[rows[t.track_id] for t in found]] - FEATURES[place]) * SCALE, axis=1)
    assert np.allclose([track.distance for track in found], exact, atol=1e-6)
    for track in found:
        row = ROWS[rows[track.track_id]]
        assert (track.track_name, track.artists, track.year) == (row["track_name"], row["artists"], row["year"])
        assert track.popularity == row["popularity"]
        assert set(track.genres) == GENRES[track.track_id]


@settings(max_examples=60, deadline=None)
@given(places=st.lists(st.integers(0, 299), min_size=1, max_size=100), wanted=WANTED)
def test_a_list_gets_what_is_wanted_and_none_of_its_own_songs(
    recommender: Recommender, places: list[int], wanted: Wanted
) -> None:
    asked = [ROWS[place]["track_id"] for place in places]
    cluster, found = recommender.like_list(asked, wanted)
    ids = {row["track_id"]: row for row in ROWS}
    songs = [SONG[track.track_id] for track in found]
    assert len(songs) == len(set(songs)) <= wanted.k
    assert not set(songs) & {SONG[track_id] for track_id in asked}
    artists = [track.artists for track in found]
    assert all(artists.count(artist) <= wanted.per_artist for artist in artists)
    assert all(passes(ids[track.track_id], wanted) for track in found)
    distances = [track.distance for track in found]
    assert distances == sorted(distances)
    halves = FEATURES[list(dict.fromkeys(places)), 0] > 0.5
    assert cluster == (halves.mean() > 0.5)
    if len(found) < wanted.k:  # then nothing is left that could be added
        for row in ROWS:
            free = artists.count(row["artists"]) < wanted.per_artist and SONG[row["track_id"]] not in songs
            near = (FEATURES[ROWS.index(row), 0] > 0.5) in halves
            assert not (free and near and passes(row, wanted) and SONG[row["track_id"]] not in map(SONG.get, asked))


def test_a_list_of_one_track_gets_what_the_track_gets(recommender: Recommender) -> None:
    for track_id in ("t0000", "t0107"):
        assert recommender.like_list([track_id] * 3, Wanted()) == recommender.like_track(track_id, Wanted())


def test_every_sound_of_a_list_gets_its_share(recommender: Recommender) -> None:
    lively = [row["track_id"] for row, f in zip(ROWS, FEATURES, strict=True) if f[0] > 0.5]
    quiet = [row["track_id"] for row, f in zip(ROWS, FEATURES, strict=True) if f[0] <= 0.5]
    for many, few in ((lively, quiet), (quiet, lively)):
        cluster, found = recommender.like_list([*many[:6], *few[:4]], Wanted(k=10, per_artist=10))
        clusters = [track.cluster for track in found]
        assert clusters.count(cluster) == 6


def test_no_recording_of_the_song_itself(recommender: Recommender) -> None:
    for track_id in ("t0000", "t0001"):
        _, found = recommender.like_track(track_id, Wanted(k=50))
        assert len(found) == 50
        assert {"t0000", "t0001"}.isdisjoint(track.track_id for track in found)


def test_features_get_their_own_track_first_and_every_song_once(recommender: Recommender) -> None:
    cluster, (first, second, *_) = recommender.like_features(FEATURES[1], Wanted())
    assert (first.track_id, first.distance) in {("t0000", 0.0), ("t0001", 0.0)}
    assert first.reason == "the same in all five features"
    assert second.track_id not in ("t0000", "t0001")
    assert cluster == first.cluster


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(40, 250), st.integers(1, 50))
def test_any_features_get_k_tracks_in_order_with_a_true_reason(
    recommender: Recommender, unit: list[float], tempo: float, k: int
) -> None:
    point = np.array([*unit, tempo])
    _, found = recommender.like_features(point, Wanted(k=k))
    assert len(found) == k
    distances = [n.distance for n in found]
    assert distances == sorted(distances)
    for neighbour in found:
        theirs = recommender.features(recommender.store.position(neighbour.track_id))
        assert (theirs[0] > 0.5) == (point[0] > 0.5)
        if neighbour.reason != "the same in all five features":
            assert neighbour.reason == closest(theirs, point)


def closest(one: np.ndarray, other: np.ndarray) -> str:
    order = np.argsort(np.abs(one * SCALE - other * SCALE), kind="stable")[:2]
    return "closest in " + " and ".join(CLUSTER_FEATURES[i] for i in order)


def test_the_reason_counts_genres_that_the_songs_share(recommender: Recommender) -> None:
    def last_reason(found: Neighbour) -> str:
        return found.reason.partition("; ")[2]

    for asked in ("t0000", "t0005", "t0008"):
        _, found = recommender.like_track(asked, Wanted(k=20))
        shared = [len(GENRES[asked] & GENRES[track.track_id]) for track in found]
        assert [last_reason(track) for track in found] == ["1 shared genre" if n else "" for n in shared]
    asked = ["t0005", "t0006", "t0007", "t0000"]
    _, found = recommender.like_list(asked, Wanted(k=20, genres=["rap"]))
    assert {last_reason(track) for track in found} == {"1 shared genre"}


def test_a_song_has_the_genres_of_all_its_recordings(tmp_path: Path) -> None:
    table = TABLE.slice(0, 40)
    names = ["Paper Boat", "Paper Boat (Live)", "Paper Boat - Acoustic", "Other Boat"] * 10
    table = table.set_column(table.schema.get_field_index("track_name"), "track_name", [names])
    table = table.set_column(table.schema.get_field_index("artists"), "artists", [["Ana Vale"] * 40])
    genres = ["rap", "rock", None, "samba", *([None] * 36)]
    table = table.set_column(table.schema.get_field_index("genre"), "genre", [genres])
    recommender = Recommender(write_bundle(tmp_path / "bundle", {}, table), Halves())
    for track_id, own in (("t0002", ["rap", "rock"]), ("t0003", ["samba"]), ("t0004", ["rap", "rock"])):
        assert recommender.known([recommender.store.position(track_id)])[0].genres == own


def test_a_small_cluster_gives_what_it_has(tmp_path: Path) -> None:
    recommender = Recommender(write_bundle(tmp_path / "bundle", {}, TABLE.slice(0, 4)), Halves())
    assert len(recommender.like_track("t0000", Wanted(k=50))[1]) <= 2


def test_of_tracks_that_are_equally_near_the_first_are_taken_whatever_the_tree_does() -> None:
    scaled = np.zeros((500, 2))
    scaled[::50] = 1
    one = NearestTracks(scaled, np.zeros(500, int), np.arange(500), np.arange(500) // 10)
    found, distances = one.nearest(0, np.zeros(2), 12, 2, allowed=None)
    tenth = [10 * i + j for i in range(6) for j in ((1, 2) if 10 * i % 50 == 0 else (0, 1))]
    assert found.tolist() == tenth
    assert (distances == 0).all()
    assert one.nearest(0, np.zeros(2), 12, 2, allowed=np.ones(500, bool))[0].tolist() == tenth
    assert one.nearest(7, np.zeros(2), 12, 2)[0].tolist() == []


@pytest.mark.parametrize("track_id", ["missing", "t0000\0", "'; DROP TABLE tracks; --", ""])
def test_an_unknown_track_is_an_error_that_says_which(recommender: Recommender, track_id: str) -> None:
    with pytest.raises(UnknownTrackError) as one:
        recommender.like_track(track_id, Wanted())
    assert (one.value.track_id, one.value.path) == (track_id, ("track_id",))
    with pytest.raises(UnknownTrackError) as several:
        recommender.like_list(["t0001", "t0002", track_id, "t0003"], Wanted())
    assert (several.value.track_id, several.value.path) == (track_id, ("track_ids", 2))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("paper", ["t0001", "t0000"]),
        ("  VALE pap bo", ["t0001", "t0000"]),
        ("song 99", ["t0099"]),
        ("song 9", [f"t{i:04d}" for i in (99, *range(98, 89, -1))]),
        ("boat song", []),
        ('"*', []),
        ("'; DROP", []),
    ],
)
def test_tracks_are_found_by_how_words_begin_the_popular_ones_first(
    recommender: Recommender, query: str, expected: list[str]
) -> None:
    found = recommender.store.search(query, 5)
    popular = [i for i in expected if ROWS[int(i[1:])]["popularity"] is not None]
    unknown = [i for i in expected if i not in popular]
    assert [track_id for track_id, *_ in recommender.store.names(found)] == [*popular, *unknown][:5]


def test_equal_tracks_give_an_equal_bundle(tmp_path: Path) -> None:
    shuffled = TABLE.take(np.random.default_rng(0).permutation(300))
    one, other = write_bundle(tmp_path / "a", {}, TABLE), write_bundle(tmp_path / "b", {}, shuffled)
    for name in ("tracks.sqlite", "tracks.safetensors"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
