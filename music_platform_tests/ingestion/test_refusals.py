"""A file that can't be used is refused with one line: the file, the column and what was expected."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform import schema
from music_platform.errors import InputError
from music_platform.ingestion.readers import read, reading_of

HEADER = b"title,artist\n"
GOOD = HEADER + b"Rio,Ana\n" * 5_000


def refused(kind: str, path: Path) -> str:
    with pytest.raises(InputError) as refusal:
        read(schema.KINDS[kind], path, landed_at=datetime(2024, 1, 1, tzinfo=UTC))
    message = str(refusal.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("c.csv", b"", "empty"),
        ("c.csv.gz", gzip.compress(b"", mtime=0), "empty"),
        ("c.csv", HEADER, "no rows"),
        ("c.csv.gz", gzip.compress(GOOD, mtime=0)[:-20], "Truncated"),
        ("c.csv.gz", GOOD, "can't be read as csv.gz"),
        ("c.csv", HEADER + "Rio,Łukasz\n".encode("cp1250"), "not UTF-8 (line 2), and its encoding can't be told"),
        ("c.csv", "title,artist\nRio,Ana\n".encode("utf-16")[:-1], "broken UTF-16"),
        ("c.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
        ("c.csv", HEADER + b'Rio,Ana\nMar,"Ana\nSol,Ana\nLua,Ana\n', "quoted field; copy it again"),
        ("c.csv", HEADER + b"a,b,c\n" * 3 + b"Rio,Ana\n", "3 of 4 rows"),
        ("c.jsonl", b'[{"title": "Rio", "artist": "Ana"}]', "one object per line"),
        ("c.jsonl", b"\x89PNG\r\n\x1a\n", "UTF-8"),
        ("c.jsonl", b'{"title": "Rio", "artist": "Ana"}\nx\ny\n', "2 of 3 rows"),
        ("c.jsonl", b'{"title": "\xcb\xf3\xed\xe0", "artist": "Ana"}\n', "save it as UTF-8"),
        ("c.jsonl", b"\n\n", "one object per line"),
        ("c.parquet", GOOD, "Parquet"),
        ("c.parquet.gz", gzip.compress(GOOD, mtime=0), "Parquet"),
        ("c.txt", GOOD, "expected .csv, .tsv, .jsonl"),
        ("c", GOOD, "expected .csv, .tsv, .jsonl"),
        ("c.csv", b"title,Title,artist\na,b,c\n", "has column 'title' twice; remove one"),
        ("c.csv", b"title\nRio\n", "column 'artist' is missing"),
        ("c.jsonl", b'{"title": "Rio"}\n', "column 'artist' is missing"),
        ("c.csv", b"work;singer\nRio;Ana\n", "column 'title' is missing; catalogue files need title, artist"),
        ("c.csv", b'title,"a\nb"\nRio,Ana\n', "column 'artist' is missing"),
        ("c.jsonl", b'{"title": {"pt": "Rio"}, "artist": "Ana"}\n', "column 'title': expected text"),
    ],
)
def test_refusals(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    assert expected in refused("catalogue", path)


def test_a_missing_file_is_refused(tmp_path):
    assert "no such file" in refused("catalogue", tmp_path / "c.csv")


@pytest.mark.parametrize(
    ("kind", "column", "values", "expected"),
    [
        ("catalogue", "title", [{"pt": "Rio"}, {"pt": "Mar"}], "column 'title': expected text, found STRUCT"),
        ("tracks", "tempo", [datetime(2024, 1, 1)] * 2, "column 'tempo': expected a number"),
        ("tracks", "tempo", ["high", "low"], "column 'tempo': expected a number; 2 of 2 values"),
        ("catalogue", "popularity", pa.array([1.5, 2.5], pa.float16()), "can't be read as parquet: Not implemented"),
        ("catalogue", "popularity", pa.array([1, 2], pa.decimal256(60)), "can't be read as parquet: Not implemented"),
        ("catalogue", "album", pa.array([b"Le\xe9o", b"a"]).view(pa.string()), "can't be read as parquet: Column"),
    ],
)
def test_a_parquet_column_of_a_wrong_type_is_refused(tmp_path, kind, column, values, expected):
    given = {
        c.name: ["Rio", "Mar"] if c.type == "string" else [0.5, 0.5] for c in schema.KINDS[kind].columns if c.required
    }
    columns = given | {column: values}
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table(columns), path)
    assert expected in refused(kind, path)


@pytest.mark.parametrize(
    ("kind", "column", "values", "expected"),
    [
        ("catalogue", "year", [[1999], [2000]], "column 'year': expected a whole number, found BIGINT[]"),
        ("catalogue", "year", ["old", "o\nld"], "column 'year': expected a year from 1000 to 2100; 2 of 2 values"),
        ("catalogue", "popularity", ["high", "low"], "column 'popularity': expected a number; 2 of 2 values"),
        ("lyrics", "genres", [[{"name": "mpb"}]] * 2, "column 'genres': expected a list"),
    ],
)
def test_an_optional_column_of_a_wrong_type_costs_no_row(tmp_path, kind, column, values, expected):
    columns = {name: ["Rio", "Mar"] for name in schema.KINDS[kind].required} | {column: values}
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table(columns), path)
    table = read(schema.KINDS[kind], path, landed_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert table[column].to_pylist() == [None, None]
    assert table["problems"].to_pylist() == [[], []]
    assert any(note.startswith(expected) for note in reading_of(table).notes)


def test_every_required_column_of_every_kind_is_required(tmp_path):
    for kind in schema.KINDS.values():
        for missing in kind.required:
            path = tmp_path / f"{kind.name}.jsonl"
            path.write_text(json.dumps({name: "1" for name in kind.required if name != missing} | {"other": 1}))
            assert f"column '{missing}' is missing" in refused(kind.name, path)


def test_half_of_the_values_bad_is_still_a_matter_of_rows(tmp_path):
    path = tmp_path / "c.csv"
    audio = b"0.5,0.5,0.5,0.5"
    header = b"track_name,artists,danceability,speechiness,instrumentalness,valence,tempo\n"
    path.write_bytes(header + b"Rio,Ana," + audio + b",fast\nMar,Ana," + audio + b",120\n")
    table = read(schema.KINDS["tracks"], path, landed_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert table["tempo"].to_pylist() == [None, 120]
