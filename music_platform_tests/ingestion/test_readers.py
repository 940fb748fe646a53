"""Reading a landed file: every format gives the same typed rows, and nothing is lost without a word."""

import gzip
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform import schema
from music_platform.ingestion.readers import ignored_columns, read

LANDED_AT = datetime(2024, 5, 3, 12, 0, tzinfo=UTC)
SONGS = [
    {"artist": "Ana Lua", "title": "Manhã", "lyrics": 'um "dois"\ntrês, quatro', "year": 1999},
    {"artist": "Os Três", "title": "1979", "lyrics": "a; b\tc", "year": None},
]
FORMATS = (".csv", ".jsonl", ".parquet", ".csv.gz", ".jsonl.gz", ".parquet.gz")


def write(path: Path, rows: list[dict]) -> Path:
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    else:
        table, sink = pa.Table.from_pylist(rows), io.BytesIO()
        pa.csv.write_csv(table, sink) if name.endswith(".csv") else pq.write_table(table, sink)
        content = sink.getvalue()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def rows_of(kind: str, path: Path) -> list[dict]:
    return read(schema.KINDS[kind], path, landed_at=LANDED_AT).to_pylist()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_typed_rows(tmp_path, suffix):
    path = write(tmp_path / f"lyrics_demo{suffix}", SONGS)
    table = read(schema.KINDS["lyrics"], path, landed_at=LANDED_AT)
    kind = schema.KINDS["lyrics"]
    assert table.column_names == [column.name for column in (*kind.columns, *schema.PROVENANCE)]
    types = {field.name: field.type for field in table.schema}
    assert (types["year"], types["fetched_at"]) == (pa.int64(), pa.timestamp("us"))
    assert types["genres"].value_type == types["problems"].value_type == pa.string()
    for row, song in zip(table.to_pylist(), SONGS, strict=True):
        assert {name: row[name] for name in song} == song
        assert (row["source"], row["fetched_at"]) == ("lyrics_demo", LANDED_AT.replace(hour=0, tzinfo=None))
        assert (row["problems"], row["genres"], row["url"]) == ([], None, None)


def test_row_ids_name_the_file_and_count_from_one(tmp_path):
    path = write(tmp_path / "lyrics.csv", SONGS)
    ids = [row["row_id"] for row in rows_of("lyrics", path)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert ids == [f"{digest}:1", f"{digest}:2"]


@pytest.mark.parametrize(
    ("given_genres", "expected"),
    [
        ("rock; bossa nova", ["rock", "bossa nova"]),
        ("rock,pop", ["rock", "pop"]),
        ("rock\tpop\t", ["rock", "pop"]),
        ("r&b/soul", ["r&b/soul"]),
        ('["rock", "pop, dance"]', ["rock", "pop, dance"]),
        ("['rock', 'pop']", ["rock", "pop"]),
        (["rock", " pop ", ""], ["rock", "pop"]),
        ("  ", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("column", ["genres", "genre"])
def test_genres_are_lists_or_separated_text(tmp_path, given_genres, expected, column):
    path = write(tmp_path / "lyrics.jsonl", [SONGS[0] | {column: given_genres}])
    assert rows_of("lyrics", path)[0]["genres"] == expected


def test_genre_fills_what_genres_leaves_open(tmp_path):
    path = write(
        tmp_path / "lyrics.parquet",
        [SONGS[0] | {"genres": ["rock", "pop"], "genre": "mpb"}, SONGS[1] | {"genres": None, "genre": "mpb"}],
    )
    assert [row["genres"] for row in rows_of("lyrics", path)] == [["rock", "pop"], ["mpb"]]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_slots_become_json_text(tmp_path, suffix):
    slots = [{"name": "song", "value": "Manhã", "start": 4, "end": 9}]
    path = write(tmp_path / f"utterances{suffix}", [{"text": "add Manhã", "intent": "add", "slots": slots}])
    assert json.loads(rows_of("utterances", path)[0]["slots"]) == slots


@pytest.mark.parametrize(("label", "text"), [(3, "3"), (3.0, "3"), ("Sports", "Sports")])
def test_numbers_in_text_columns_become_text(tmp_path, label, text):
    path = write(tmp_path / "articles.parquet", [{"text": "a b c", "label": label}])
    assert rows_of("articles", path)[0]["label"] == text


def track(**values: object) -> dict:
    features = dict.fromkeys(("danceability", "speechiness", "instrumentalness", "valence"), "0.5")
    return {"track_name": "Rio", "artists": "Ana", **features, "tempo": "120", **values}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("tempo", "120.5", 120.5),
        ("tempo", " 1e2 ", 100.0),
        ("tempo", "NaN", None),
        ("key", "6.0", 6),
        ("key", "-1", -1),
        ("explicit", "TRUE", True),
        ("explicit", "0", False),
        ("explicit", "1.0", True),
        ("year", "N/A", None),
    ],
)
def test_text_is_read_as_the_type_of_its_column(tmp_path, suffix, column, text, value):
    row = rows_of("tracks", write(tmp_path / f"tracks{suffix}", [track(**{column: text})]))[0]
    assert (row[column], row["problems"]) == (value, [])


def test_native_values_keep_their_worth(tmp_path):
    path = write(
        tmp_path / "tracks.parquet",
        [track(tempo=0.1 + 0.2, year=2001.0, explicit=1, popularity=float("nan"))],
    )
    row = rows_of("tracks", path)[0]
    assert (row["tempo"], row["year"], row["explicit"], row["popularity"]) == (0.1 + 0.2, 2001, True, None)
    assert row["problems"] == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("column", "text", "problem"),
    [
        ("tempo", "fast", "tempo: 'fast' is not a number"),
        ("tempo", "inf", "tempo: 'inf' is not a number"),
        ("year", "1999.5", "year: '1999.5' is not a year from 1000 to 2100"),
        ("explicit", "maybe", "explicit: 'maybe' is not true or false"),
        ("tempo", "x" * 99, f"tempo: '{'x' * 40}…' is not a number"),
    ],
)
def test_a_bad_value_is_null_and_named(tmp_path, suffix, column, text, problem):
    fine = track(**{column: "1" if column != "year" else "1999"})
    path = write(tmp_path / f"tracks{suffix}", [fine, track(**{column: text}), fine])
    rows = rows_of("tracks", path)
    told, silent = ("problems", "unread") if column == "tempo" else ("unread", "problems")
    assert [row[told] for row in rows] == [[], [problem], []]
    assert [row[silent] for row in rows] == [[], [], []]
    assert rows[1][column] is None


def test_nested_json_is_no_text(tmp_path):
    path = write(tmp_path / "lyrics.jsonl", [*SONGS, SONGS[0] | {"lyrics": ["line", "line"]}])
    row = rows_of("lyrics", path)[2]
    assert row["lyrics"] is None
    assert row["problems"] == ['lyrics: \'["line","line"]\' is not text']


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-05-03T10:00:00Z", datetime(2024, 5, 3, 10)),
        ("2024-05-03T10:00:00+02:00", datetime(2024, 5, 3, 8)),
        ("2024-05-03 10:00", datetime(2024, 5, 3, 10)),
        ("2024-05-03", datetime(2024, 5, 3)),
        (datetime(2024, 5, 3, 10, tzinfo=timezone(timedelta(hours=-3))), datetime(2024, 5, 3, 13)),
        (datetime(2024, 5, 3, 10), datetime(2024, 5, 3, 10)),
    ],
)
def test_times_are_utc(tmp_path, text, utc):
    path = write(tmp_path / "lyrics.parquet", [SONGS[0] | {"fetched_at": text}])
    assert rows_of("lyrics", path)[0]["fetched_at"] == utc


def test_rows_with_a_wrong_number_of_fields_stay_with_their_number(tmp_path):
    path = tmp_path / "catalogue.csv"
    path.write_text('title,artist,year\nRio,Ana,2001\nMar\n\n"Sol, e mar",Ana,\na,b,1,2\nLua,Ana,2002\n')
    rows = rows_of("catalogue", path)
    assert [row["title"] for row in rows] == ["Rio", None, "Sol, e mar", None, "Lua"]
    assert [row["row_id"].split(":")[1] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[1]["problems"] == ["row: 1 fields where 3 are expected"]
    assert rows[3]["problems"] == ["row: 4 fields where 3 are expected"]


def test_lines_that_are_no_object_stay_with_their_number(tmp_path):
    path = tmp_path / "catalogue.jsonl"
    good = json.dumps({"title": "Rio", "artist": "Ana"})
    path.write_text("\n".join([good, "{broken", good, "[1]", good, good, "a\x01b", good]))
    rows = rows_of("catalogue", path)
    assert [row["title"] is None for row in rows] == [False, True, False, True, False, False, True, False]
    assert [row["row_id"].split(":")[1] for row in rows] == [str(i) for i in range(1, 9)]
    assert {*rows[1]["problems"], *rows[3]["problems"], *rows[6]["problems"]} == {"row: not a JSON object"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_case_blanks_and_byte_order_mark_of_a_header(tmp_path, delimiter):
    path = tmp_path / "catalogue.csv"
    header = delimiter.join([" Title", "ARTIST ", "note"])
    path.write_bytes(b"\xef\xbb\xbf" + f"{header}\r\n{delimiter.join(['Rio', 'Ana', 'x'])}\r\n".encode())
    table = read(schema.KINDS["catalogue"], path, landed_at=LANDED_AT)
    assert (table["title"][0].as_py(), table["artist"][0].as_py()) == ("Rio", "Ana")
    assert ignored_columns(table) == ("note",)


def test_a_byte_order_mark_before_json_lines(tmp_path):
    path = tmp_path / "catalogue.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"title": "Rio", "artist": "Ana"}\r\n')
    (row,) = rows_of("catalogue", path)
    assert (row["title"], row["problems"]) == ("Rio", [])


def test_a_categorical_and_an_undeclared_text_column_are_text(tmp_path):
    table = pa.table({
        "title": pa.array(["Rio", "Mar"]).dictionary_encode(), "artist": pa.array([b"Ana", "Léo".encode()])
    })  # fmt: skip
    pq.write_table(table, tmp_path / "catalogue.parquet")
    rows = rows_of("catalogue", tmp_path / "catalogue.parquet")
    assert [(row["title"], row["artist"]) for row in rows] == [("Rio", "Ana"), ("Mar", "Léo")]


@settings(max_examples=12, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_survives_json_lines_and_csv(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("any")
    rows = [{"title": text, "artist": "Ana"} for text in texts]
    for suffix in (".jsonl", ".csv"):
        found = rows_of("catalogue", write(folder / f"catalogue{suffix}", rows))
        assert [row["title"] for row in found] == texts
