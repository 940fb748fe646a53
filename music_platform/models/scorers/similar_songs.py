"""Songs of the training set that use the words of a text: their index, which a bundle holds, and the look-up.

Latent semantic analysis (Deerwester et al. 1990): TF-IDF of the word n-grams that the genre model weighs most, in few
dimensions. The index holds words, titles, artists and genres, and no song's lyrics.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import load_file, save_file

from music_platform.storage.files import read_json

if TYPE_CHECKING:
    import pyarrow as pa
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    from music_platform.models.scorers.linear import LinearModel

FILE, _NAMES = "similar.safetensors", "similar.json"
TERMS, DIMENSIONS = 10_000, 128
"""So that the index of 20,000 songs takes less than 10 MB."""
_SEED = 20260101


@dataclass(frozen=True)
class Song:
    """A song of the training set."""

    title: str
    artist: str
    genres: list[str]


def write(folder: Path, model: "LinearModel", songs: "pa.Table") -> None:
    """Write the index of `songs` (title, artist, genres, cleaned lyrics) beside the models of a bundle.

    Fewer songs than dimensions, or none with a word that the model knows, are too little for an index: then there is
    none.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    words, idf = model.terms[0], model.idf[0]
    strength = np.linalg.norm(model.coefficients[: len(words)], axis=1)
    kept = np.sort(np.argsort(-strength, kind="stable")[:TERMS])
    terms, idf = words[kept].tolist(), idf[kept]
    features = _weighted(_counter(terms, model.hyperparameters.word_ngrams), idf, songs["lyrics"].to_pylist())
    dimensions = min(DIMENSIONS, len(terms) - 1, songs.num_rows - 1)
    if dimensions < 2 or not features.nnz:
        return
    reduction = TruncatedSVD(dimensions, random_state=_SEED).fit(features)
    components = reduction.components_.T.astype(np.float16)
    arrays = {
        "idf": idf,
        "components": components,
        "songs": normalize(features @ components.astype(np.float32)).astype(np.float16),
    }
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / FILE)
    names = {name: songs[name].to_pylist() for name in ("title", "artist", "genres")}
    content = {"terms": terms, "ngrams": model.hyperparameters.word_ngrams, **names}
    (folder / _NAMES).write_text(json.dumps(content, ensure_ascii=False), "utf-8")


class SimilarSongs:
    """The index in memory."""

    def __init__(self, arrays: dict[str, np.ndarray], songs: Sequence[Song], counter: "CountVectorizer") -> None:
        self._counter, self._idf = counter, arrays["idf"]
        self._components, self._vectors = (arrays[name].astype(np.float32) for name in ("components", "songs"))
        self._songs = songs

    @classmethod
    def load(cls, folder: Path) -> "SimilarSongs":
        """Read what `write` wrote."""
        names = read_json(folder / _NAMES)
        songs = [Song(*song) for song in zip(names["title"], names["artist"], names["genres"], strict=True)]
        return cls(load_file(folder / FILE), songs, _counter(names["terms"], tuple(names["ngrams"])))

    def nearest(self, text: str, k: int = 5) -> list[tuple[Song, float]]:
        """The `k` songs most similar to a cleaned text, with the cosine; none for a text without a known word."""
        features = _weighted(self._counter, self._idf, [text])
        vector = (features @ self._components)[0]
        length = np.linalg.norm(vector)
        if not length:
            return []
        cosines = self._vectors @ (vector / length)
        best = np.argpartition(-cosines, min(k, len(cosines) - 1))[:k]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(self._songs[i], round(float(np.clip(cosines[i], -1, 1)), 3)) for i in best.tolist()]


def _counter(terms: Sequence[str], ngrams: tuple[int, int]) -> "CountVectorizer":
    from sklearn.feature_extraction.text import CountVectorizer

    from music_platform.models.scorers.linear import WORD

    return CountVectorizer(
        ngram_range=ngrams, token_pattern=WORD, dtype=np.float32, vocabulary={term: i for i, term in enumerate(terms)}
    )


def _weighted(counter: "CountVectorizer", idf: np.ndarray, texts: Sequence[str]) -> "csr_matrix":
    from music_platform.models.scorers.linear import weighted

    return weighted(counter.transform(texts), idf)
