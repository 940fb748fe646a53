"""DuckDB expressions that turn a raw column, whatever type its file gave it, into its schema type.

Put the expressions of a further schema type here, and the ways in which files write the values of one column into
`values`; `readers` runs them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.ingestion.values import EXPECTED_OF, LISTED, written
from music_platform.schema import Column

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

GENRE = "genre"
"""The column that may name the genres of a song where there is no list `genres`."""

EXPECTED = {
    "string": "text",
    "float64": "a number",
    "int64": "a whole number",
    "boolean": "true or false",
    "timestamp": "a date and time in ISO 8601",
    "array<string>": "a list, or text separated by ; , or tab",
}
"""Schema type -> the name of its values in messages."""

SQL_TYPES = {
    "string": "VARCHAR",
    "float64": "DOUBLE",
    "int64": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "array<string>": "VARCHAR[]",
}
"""Schema type -> DuckDB type."""

_JSON_TEXT = frozenset({"slots"})  # text columns that hold JSON: a list or object becomes its JSON text
_MISSING = "('', 'na', 'n/a', 'nan', 'null', 'none')"
_NESTED = frozenset({"list", "array", "struct", "map", "union"})
_NATIVE = frozenset({"boolean", "tinyint", "smallint", "integer", "bigint"})
_FLOATS = frozenset({"float", "double"})
_COMMA = r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+([eE][+-]?\d+)?"
_NUMBER = "TRY_CAST({x} AS DOUBLE)"
_CASTS = {
    "string": "{x}",
    "float64": f"CASE WHEN isfinite({_NUMBER}) THEN {_NUMBER} END",
    "int64": f"CASE WHEN {_NUMBER} = round({_NUMBER}) THEN TRY_CAST({_NUMBER} AS BIGINT) END",
    "boolean": f"coalesce(CASE {_NUMBER} WHEN 1 THEN true WHEN 0 THEN false END, "
    "TRY_CAST(CAST({x} AS VARCHAR) AS BOOLEAN))",
    "timestamp": "TRY_CAST({x} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'",
    "array<string>": "CASE WHEN {x} LIKE '[%' "
    "THEN coalesce(TRY_CAST(TRY_CAST({x} AS JSON) AS VARCHAR[]), TRY_CAST({x} AS VARCHAR[])) "
    "ELSE regexp_split_to_array({x}, '[;,\\t]') END",
}


def expected(column: Column) -> str:
    """The name of a column's values in messages."""
    return EXPECTED_OF.get(column.name, EXPECTED[column.type])


def is_textual(type_: "DuckDBPyType") -> bool:
    """Whether a raw column holds texts, or JSON values that may be texts."""
    return str(type_) in ("VARCHAR", "JSON")


def raw(column: Column, name: str, type_: "DuckDBPyType", reading: str = "", *, decimal_commas: bool = False) -> str:
    """SQL of the file's column `name` as text, or as the number it is; NULL where the text stands for no value.

    Args:
        column: the column that it becomes.
        name: its name in the relation.
        type_: its type there.
        reading: how its values are written, where the file's name for it says so.
        decimal_commas: whether numbers have a comma where others have a point.

    Raises:
        InputError: no value of the raw type can become one of the type of `column`.
    """
    textual = column.type in {"string", "array<string>"}
    if type_.id in _FLOATS and not textual:
        return written(column.name, f"nullif({name}, 'NaN')", reading, is_number=True)
    if type_.id in _NATIVE and not textual:
        return written(column.name, name, reading, is_number=True)
    if str(type_) == "JSON":
        text = f"({name} ->> '$')"
    elif type_.id in _NESTED and (name in _JSON_TEXT or (type_.id == "list" and column.name in LISTED)):
        text = f"CAST(to_json({name}) AS VARCHAR)"
    elif type_.id in _NESTED:
        raise InputError(f"column '{name}': expected {EXPECTED[column.type]}, found {type_}")
    elif type_.id in _FLOATS:
        text = rf"regexp_replace(CAST(nullif({name}, 'NaN') AS VARCHAR), '\.0$', '')"
    else:
        text = f"CAST({name} AS VARCHAR)"
    if textual:
        return written(column.name, f"CASE WHEN trim({text}, ' \t\r\n') <> '' THEN {text} END", reading)
    if decimal_commas:
        text = _with_point(text)
    return written(column.name, f"CASE WHEN lower(trim({text})) NOT IN {_MISSING} THEN {text} END", reading)


def decimal_comma(name: str) -> str:
    """SQL of whether a value of the column `name` is a number with a comma where others have a point."""
    return f"regexp_full_match(trim({name}), '{_COMMA}')"


def _with_point(text: str) -> str:
    """SQL of numbers with a point for their comma; one with a point alone stays unread, for it may part thousands."""
    return (
        f"CASE WHEN regexp_full_match(trim({text}), '{_COMMA}') THEN replace(replace({text}, '.', ''), ',', '.') "
        f"WHEN contains({text}, '.') THEN {text} || ' (a point among decimal commas)' ELSE {text} END"
    )


def value(column: Column, x: str, types: Mapping[str, "DuckDBPyType"]) -> str:
    """SQL of a column's value, NULL where it can't be read, from its `raw` SQL, named `x`.

    The session's time zone must be UTC: times without a zone are read in it.
    """
    cast = _CASTS[column.type].format(x=x)
    if str(types[column.name]) == "JSON" and column.type == "string" and column.name not in _JSON_TEXT:
        nested = "('OBJECT')" if column.name in LISTED else "('OBJECT', 'ARRAY')"
        cast = f"CASE WHEN json_type({column.name}) NOT IN {nested} THEN {cast} END"
    return f"CAST({cast} AS {SQL_TYPES[column.type]})"


def problem(column: Column, x: str, value: str) -> str:
    """SQL of the sentence that says why `value` is NULL although the file has one, `x`; else NULL."""
    text = f"CAST({x} AS VARCHAR)"
    shown = f"CASE WHEN length({text}) > 40 THEN {text}[:40] || '…' ELSE {text} END"
    sentence = f"'{column.name}: ''' || ({shown}) || ''' is not {expected(column)}'"
    return f"CASE WHEN {x} IS NOT NULL AND {value} IS NULL THEN {sentence} END"


def genres(column: Column, types: Mapping[str, "DuckDBPyType"]) -> str:
    """SQL of a list from the file's list or separated text and, where that is NULL, from `GENRE`.

    Raises:
        InputError: the column is a list of other values than texts.
    """
    lists = []
    for name in (name for name in (column.name, GENRE) if name in types):
        nested = str(types[name]).count("[") > 1 or "(" in str(types[name])
        if types[name].id == "list" and not nested:
            names = f"CAST({name} AS VARCHAR[])"
        else:
            names = _CASTS[column.type].format(x=raw(column, name, types[name]))
        lists.append(f"list_filter(list_transform({names}, lambda g: trim(g)), lambda g: g <> '')")
    return f"coalesce({', '.join(lists)})"
