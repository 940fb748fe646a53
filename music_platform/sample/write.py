"""Writes the sample as files to land: everything but the lyrics, which the crawler reads on the local site."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from music_platform.sample.articles import articles
from music_platform.sample.catalogue import catalogue
from music_platform.sample.tracks import tracks
from music_platform.sample.utterances import utterances


def _csv(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    # A time of zero in the header: the same rows are the same bytes.
    return gzip.compress(sink.getvalue(), mtime=0)


def _jsonl(table: pa.Table) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist()).encode()


def write_sample(folder: Path, size: float = 1.0) -> list[tuple[str, Path]]:
    """Write tracks, utterances, articles and catalogue into `folder`: the same bytes each time.

    Args:
        folder: It is made when missing; files of the same name are replaced.
        size: 1 for the whole sample; 0.05 still has every class.

    Returns:
        Landing kind and path of each file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {
        "tracks": folder / "tracks_sample.csv.gz",
        "utterances": folder / "utterances_sample.jsonl",
        "articles": folder / "articles_sample.parquet",
        "catalogue": folder / "catalogue_sample.parquet",
    }
    paths["tracks"].write_bytes(_csv(tracks(size)))
    paths["utterances"].write_bytes(_jsonl(utterances(size)))
    pa.parquet.write_table(articles(size), paths["articles"])
    pa.parquet.write_table(catalogue(size), paths["catalogue"])
    return list(paths.items())
