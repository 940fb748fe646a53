"""The content of a landed file in memory: unpacked, and text in UTF-8.

Put another compression here, and another encoding of texts into `encodings`.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from music_platform.errors import InputError
from music_platform.ingestion.encodings import utf8
from music_platform.ingestion.names import EXPECTED, SUFFIXES, suffixes

if TYPE_CHECKING:
    import pyarrow as pa

MAX_UNPACKED = 8 << 30
"""The bytes that a compressed file may hold: more is no file of songs but a mistake, or an attack."""


@dataclass(frozen=True)
class Content:
    """What a file holds: its format's suffix in lower case, its bytes, and what was done to read them."""

    format: str
    data: "pa.Buffer"
    notes: tuple[str, ...] = ()


def open_content(path: Path) -> Content:
    """Read a whole file; compressed ones are unpacked, and texts in a certain other encoding become UTF-8.

    Raises:
        InputError: no such file, an unknown format, empty, too large, not UTF-8, or a zip of not one file.
        OSError: it can't be read or unpacked.
    """
    import pyarrow as pa

    suffix = suffixes(path).lower()
    if not suffix:
        raise InputError(f"{path}: unknown format; expected {EXPECTED}")
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; add at least one row")
    notes: tuple[str, ...] = ()
    if suffix.endswith(".zip"):
        inner, data = _unzipped(path)
        notes, suffix = (f"{inner} was read from the zip file",), suffixes(Path(inner)).lower()
    elif suffix.endswith(".gz"):
        data = pa.py_buffer(_bounded(path, pa.input_stream(str(path), compression="gzip").read(MAX_UNPACKED + 1)))
    else:
        data = pa.OSFile(str(path)).read_buffer()  # not mapped: a mapped file that somebody cuts kills the process
    if data.size == 0:
        raise InputError(f"{path}: the file is empty; add at least one row")
    format_ = suffix.removesuffix(".gz").removesuffix(".zip")
    if format_ != ".parquet":
        text, encoding = utf8(data.to_pybytes(), str(path))
        if encoding:
            data, notes = pa.py_buffer(text), (*notes, f"the text is {encoding}, not UTF-8")
    return Content(format_, data, notes)


def _bounded(path: Path, data: bytes) -> bytes:
    if len(data) > MAX_UNPACKED:
        raise InputError(f"{path}: it holds more than {MAX_UNPACKED:,} bytes when it is unpacked; split it")
    return data


def _unzipped(path: Path) -> tuple[str, "pa.Buffer"]:
    """Name and content of the one file of a zip that has a known format."""
    import pyarrow as pa

    try:
        with zipfile.ZipFile(path) as archive:
            inner = [each for each in archive.infolist() if _is_readable(each)]
            if len(inner) != 1:
                held = ", ".join(each.filename for each in inner) or "none"
                raise InputError(
                    f"{path}: a zip file has to hold exactly one file that ends in {', '.join(SUFFIXES)}, "
                    f"and this one holds {held}; unpack it and land its files"
                )
            if inner[0].flag_bits & 1:
                raise InputError(f"{path}: the zip file is encrypted; unpack it and land {inner[0].filename}")
            with archive.open(inner[0]) as stream:
                data = _bounded(path, stream.read(MAX_UNPACKED + 1))
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
        raise InputError(f"{path}: can't be read as zip: {error}; copy it again, or unpack it") from None
    return inner[0].filename, pa.py_buffer(data)


def _is_readable(member: zipfile.ZipInfo) -> bool:
    place = PurePosixPath(member.filename)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in place.parts)
    ends = suffixes(Path(place.name)).lower()
    return not member.is_dir() and not hidden and bool(ends) and not ends.endswith((".gz", ".zip"))
