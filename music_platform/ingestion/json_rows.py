"""JSON Lines and JSON files as lines that hold one object each, as strict JSON.

NaN and Infinity, which Python writes, become null. A JSON file is a list of objects, one object, or what LyricsGenius
saves: an artist with `songs`, or an album with `tracks`. Put another shape of JSON files here.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_platform.errors import InputError
from music_platform.ingestion.csv_rows import text_rows

if TYPE_CHECKING:
    import pyarrow as pa

_NO_DELIMITER = "\x01"  # JSON can't hold it unescaped, so a line never splits


def json_lines(data: "pa.Buffer") -> tuple["pa.Table", dict[int, int]]:
    """The lines of JSON Lines in column `line`, and the rows that can't be a line of JSON."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table, rejected = text_rows(data, _NO_DELIMITER, quote=False, columns=["line"])
    lines = table["line"]
    odd = pc.fill_null(pc.match_substring_regex(lines, r"\b(NaN|Infinity)\b"), False)
    if pc.any(odd).as_py():
        mended = [
            _strict(line) if is_odd else line for line, is_odd in zip(lines.to_pylist(), odd.to_pylist(), strict=True)
        ]
        table = pa.table({"line": pa.array(mended, pa.string())})
    return table, rejected


def json_objects(data: "pa.Buffer", path: Path) -> tuple["pa.Table", dict[int, int]]:
    """The objects of a JSON file as `json_lines` gives lines; values of an object in it are named `outer.inner`.

    Raises:
        InputError: the file is no JSON.
    """
    import pyarrow as pa

    try:
        content = json.loads(data.to_pybytes().decode("utf-8-sig"), parse_constant=lambda _: None)
    except ValueError as error:
        if str(error).startswith("Extra data"):
            return json_lines(data)
        raise InputError(f"{path}: can't be read as JSON: {error}; save it again") from None
    lines = [json.dumps(_flat(each)) for each in _listed(content)]
    return pa.table({"line": pa.array(lines, pa.string())}), {}


def _strict(line: str) -> str:
    try:
        return json.dumps(json.loads(line, parse_constant=lambda _: None))
    except ValueError:
        return line


def _listed(content: Any) -> list[Any]:
    if isinstance(content, list):
        return [song for each in content for song in (_listed(each) if isinstance(each, dict) else [each])]
    if isinstance(content, dict) and isinstance(content.get("songs"), list):
        return content["songs"]
    if isinstance(content, dict) and isinstance(content.get("tracks"), list):
        return [each.get("song", each) if isinstance(each, dict) else each for each in content["tracks"]]
    return [content]


def _flat(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= {f"{name}.{key}": each for key, each in inner.items()} if isinstance(inner, dict) else {name: inner}
    return flat
