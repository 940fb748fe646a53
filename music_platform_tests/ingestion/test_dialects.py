"""Dialects of text files: what can be read safely is read, and no altered text counts as good."""

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from music_platform.errors import InputError
from music_platform.ingestion import contents
from music_platform.ingestion.explain import explained
from music_platform.ingestion.intake import land_folder
from music_platform.ingestion.readers import read, reading_of
from music_platform.schema import KINDS

SONGS = "title,artist\nRio,Ana\n"


def table(path: Path, content: str | bytes, kind: str = "catalogue"):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(KINDS[kind], path, landed_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_backslashes_before_quotes_are_read(tmp_path):
    content = 'title,artist,album\n"a \\"red\\" lamp","Ana, \\"Bo\\"",x\n"C:\\\\oil\\n",Bo,"two\nlines"\n'
    found = table(tmp_path / "c.csv", content)
    assert found["title"].to_pylist() == ['a "red" lamp', "C:\\oil\\n"]
    assert found["artist"].to_pylist() == ['Ana, "Bo"', "Bo"]
    assert found["album"].to_pylist() == ["x", "two\nlines"]


def test_a_backslash_in_a_file_that_doubles_its_quotes_is_a_backslash(tmp_path):
    found = table(tmp_path / "c.csv", 'title,artist\n"C:\\","An""a"\n"a\\""b",Bo\n')
    assert found["title"].to_pylist() == ["C:\\", 'a\\"b']


def test_text_beside_a_closing_quote_is_no_good_row(tmp_path):
    rows = "".join(f'Song {i},"line, one\nline, two"\n' for i in range(4))
    found = table(tmp_path / "c.csv", f'title,artist\n{rows}"Lamp" (live),"x\na, b\n"\n{rows}')
    assert found["title"].to_pylist() == [*(f"Song {i}" for i in range(4)), None, *(f"Song {i}" for i in range(4))]
    assert "double the quotes" in found["problems"].to_pylist()[4][0]
    assert found["artist"].to_pylist()[5] == "line, one\nline, two"


def test_a_quote_inside_of_a_bare_field_is_a_quote(tmp_path):
    assert table(tmp_path / "c.csv", 'title,artist\n7" single,Ana\n"Rio",Bo\n')["title"].to_pylist() == [
        '7" single',
        "Rio",
    ]


def test_blanks_before_quoted_fields(tmp_path):
    found = table(tmp_path / "c.csv", 'title, artist, album\nRio, "Ana, Bo", x\n"Mar e\nSol" , Bo, "y"\n')
    assert found["artist"].to_pylist() == ["Ana, Bo", "Bo"]
    assert found["title"].to_pylist() == ["Rio", "Mar e\nSol"]
    assert found["album"].to_pylist() == ["x", "y"]


def test_a_line_that_names_the_delimiter_and_decimal_commas(tmp_path):
    found = table(
        tmp_path / "c.csv", "sep=;\r\ntitle;artist;popularity\r\nRio;Ana;50,5\r\nMar;Bo;1.200,5\r\nSol;Bo;7.5\r\n"
    )
    assert found["popularity"].to_pylist() == [50.5, 1200.5, None]
    assert found["unread"].to_pylist()[2] == ["popularity: '7.5 (a point among decimal commas)' is not a number"]
    assert found["problems"].to_pylist() == [[], [], []]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Thinkin’ of São João – “ação”", "cp1252"),
        ("Mañana, corazón y niño", "cp1252"),
        ("Für Überflieger, Straße", "cp1252"),
        ("L’été où l’on s’aimait, garçon", "cp1252"),
        ("Maçã é fã de ºC", "utf-16"),
        ("Привет", "utf-16"),
    ],
)
def test_a_certain_encoding_is_read(tmp_path, text, encoding):
    found = table(tmp_path / "c.csv", f'title,artist\n"{text}",Ana\n'.encode(encoding))
    assert found["title"].to_pylist() == [text]
    assert "not UTF-8" in reading_of(found).notes[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Привет", "cp1251"), ("Łódź", "cp1250"), ("Příliš žluťoučký", "cp1250"), ("Καλημέρα", "cp1253"),
     ("日本語", "shift-jis"), ("Işık", "cp1254"), ("canção", "mac-roman")],
)  # fmt: skip
def test_an_uncertain_encoding_is_refused(tmp_path, text, encoding):
    with pytest.raises(InputError, match=r"not UTF-8 \(line 2\).*; save it as UTF-8"):
        table(tmp_path / "c.csv", f"title,artist\n{text},Ana\n".encode(encoding))


def test_what_python_writes_for_no_number_is_empty(tmp_path):
    rows = [
        {"title": "NaN", "artist": "Ana", "year": float("nan"), "album": float("inf")},
        {"title": "b", "artist": "c"},
    ]
    for name, content in (("c.jsonl", "\n".join(map(json.dumps, rows))), ("c.json", json.dumps(rows))):
        found = table(tmp_path / name, content)
        assert found["title"].to_pylist() == ["NaN", "b"]
        assert found["year"].to_pylist() == found["album"].to_pylist() == [None, None]
        assert found["problems"].to_pylist() == found["unread"].to_pylist() == [[], []]


@pytest.mark.parametrize(
    ("text", "year", "is_read"),
    [("0", None, True), ("0000", None, True), ("1985-05-01", 1985, True), ("1985-05", 1985, True),
     ("01/05/1985", 1985, True), ("1985-05-01T00:00:00Z", 1985, True), ("May 5, 2015", 2015, True),
     ("85", None, False), ("soon", None, False)],
)  # fmt: skip
def test_a_year_never_costs_the_song(tmp_path, text, year, is_read):
    found = table(tmp_path / "c.csv", f'title,artist,year\nRio,Ana,"{text}"\nMar,Ana,1999\n')
    assert found["year"].to_pylist() == [year, 1999]
    assert found["problems"].to_pylist() == [[], []]
    assert (found["unread"].to_pylist()[0] == []) is is_read


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_of_one_file_is_read(tmp_path):
    path = zipped(tmp_path / "c.zip", **{"data/Songs.CSV": SONGS, "__MACOSX/data/._Songs.CSV": "x", "about.txt": "x"})
    found = read(KINDS["catalogue"], path, landed_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert found["title"].to_pylist() == ["Rio"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a.csv": SONGS, "b.tsv": SONGS}, "holds a.csv, b.tsv; unpack it"),
        ({"a.txt": "x"}, "holds none"),
        ({"a.csv": SONGS * 9}, "more than 99 bytes when it is unpacked"),
    ],
)
def test_another_zip_is_refused(tmp_path, monkeypatch, members, said):
    monkeypatch.setattr(contents, "MAX_UNPACKED", 99)
    with pytest.raises(InputError, match=said):
        read(KINDS["catalogue"], zipped(tmp_path / "c.csv.zip", **members), landed_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_labels_that_count_from_one_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"column 'label': the labels count from 1.*'Class Index'"):
        table(tmp_path / "a.csv", "text,label\na,1\nb,4\n", "articles")


def test_a_folder_lands_what_can_be_read_and_names_the_rest(zone, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in {
        "Catalogue.CSV": SONGS,
        "catalogue.xlsx": "x",
        "catalogue.zip": "x",
        "songs.csv": SONGS,
    }.items():
        (folder / name).write_text(content)
    accepted, left = land_folder(zone, folder)
    assert [file.name for file in accepted] == ["Catalogue.CSV"]
    assert left.keys() == {"catalogue.xlsx", "catalogue.zip", "songs.csv"}
    assert left["songs.csv"] == "its name begins like no kind of file"
    assert "format is unknown" in left["catalogue.xlsx"]
    assert "can't be read as zip" in left["catalogue.zip"]


def test_an_explanation_tells_what_is_mapped_and_left_out(tmp_path):
    (tmp_path / "mine.csv").write_text("Track Name;artist;song;mood\nRio;Ana;x;y\n")
    lines = list(explained(tmp_path / "mine.csv"))
    assert lines[0].endswith("mine.csv as catalogue: 1 rows")
    assert lines[1:] == [
        "  Track Name -> title",
        "  artist",
        "  song: left out, because another column gives title",
        "  left out: mood",
    ]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="its columns fit no kind"):
        list(explained(tmp_path / "other.csv"))
