"""File names in the landing zone: the kind and format of a name, and the mark of a second content.

Put rules about names here; `formats` reads what is in the files.
"""

from pathlib import Path

from music_platform import schema

SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
"""The suffixes of the formats; each may be followed by one of `PACKED`."""
PACKED = (".gz", ".zip")
"""The suffixes of compressed files. A `.zip` may also stand alone: the file inside of it names the format."""
EXPECTED = f"{', '.join(SUFFIXES)}, each also with .gz or .zip"
"""The suffixes as messages name them."""


def kind_of(path: Path) -> str | None:
    """The landing kind of the longest prefix that fits the file's name, or None if no prefix does."""
    name = path.name.lower()
    fitting = [(len(p), kind.name) for kind in schema.KINDS.values() for p in kind.prefixes if name.startswith(p)]
    return max(fitting)[1] if fitting else None


def suffixes(path: Path) -> str:
    """The format and compression that the file's name ends in, such as `.csv.gz`, or "" for another file."""
    name = path.name.lower()
    for suffix in SUFFIXES:
        for full in (suffix, *(f"{suffix}{packed}" for packed in PACKED)):
            if name.endswith(full):
                return path.name[-len(full) :]
    return path.name[-len(".zip") :] if name.endswith(".zip") else ""


def stem(path: Path) -> str:
    """The file's name without format, compression and the mark of `marked`."""
    return path.name.removesuffix(suffixes(path)).split("~", 1)[0]


def marked(name: str, sha256: str) -> str:
    """The name of a second content under a taken name: `<stem>~<first 8 digits of its hash><suffixes>`."""
    return f"{stem(Path(name))}~{sha256[:8]}{suffixes(Path(name))}"
