"""File operations that every store shares: atomic writes, hashes, hard links, and JSON."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from music_platform.errors import InputError

INCOMING = ".incoming-"
"""The prefix of the names of unfinished files. It begins with a dot, so that no reader takes them for finished."""

_OUTGOING = ".outgoing-"
_BLOCK = 1 << 20
_ORPHANED_SECONDS = 3600.0


def content_hash(path: Path) -> str:
    """The sha256 of a file, or of the names and contents of a folder's files, as 64 hex digits."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        if file != path:
            digest.update(str(file.relative_to(path)).encode() + b"\0")
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def fingerprint(*parts: Any) -> str:
    """A hash of values as JSON writes them, as 16 hex digits; equal parts give equal fingerprints."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success sync it and move it into place, on failure remove it.

    Raises:
        InputError: `path` is a folder.
    """
    if path.is_dir():
        raise InputError(f"{path}: this is a folder, expected the name of a file to write")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{INCOMING}{path.name[:60]}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`; on success it takes the place of `path`, on failure it is removed.

    A process that is killed in the middle of the exchange leaves no folder `path`; the next call, or `remove_orphans`,
    puts the old one back. One process at a time may replace a folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.with_name(f"{_OUTGOING}{path.name}")
    _settle(old)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{INCOMING}{path.name}."))
    try:
        yield temporary
        temporary.chmod(0o755)
        if path.exists():
            path.replace(old)
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        _settle(old)


def _settle(old: Path) -> None:
    """Put the old folder of an exchange back if there is no new one, else remove it."""
    path = old.with_name(old.name.removeprefix(_OUTGOING))
    if path.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        old.replace(path)


def link(source: str | Path, target: str | Path) -> None:
    """Give a finished file a second name by a hard link, or copy it where the file system can't link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def remove_orphans(root: Path) -> list[Path]:
    """Remove the unfinished files of killed writers under `root`, and put back the folders they were replacing.

    Call it under the write lock. Crawls and sensors write without the lock, so files younger than an hour stay.

    Returns:
        The unfinished files and folders removed, sorted.
    """
    for old in sorted(root.rglob(f"{_OUTGOING}*")):
        _settle(old)
    limit = time.time() - _ORPHANED_SECONDS
    removed = []
    for orphan in sorted(root.rglob(f"{INCOMING}*")):
        with suppress(FileNotFoundError):  # put in place, or removed with its folder, since it was listed
            if orphan.stat().st_mtime < limit:
                remove = shutil.rmtree if orphan.is_dir() else os.unlink
                remove(orphan)
                removed.append(orphan)
    return removed


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False) + "\n", "utf-8")


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        InputError: the file is missing, or holds no JSON object.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: can't be read as JSON ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{file}: can't be read as JSON (expected an object, found {type(content).__name__})")
    return content
