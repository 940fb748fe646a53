"""The difficulty of the built-in sample: the figures of a plain linear model, which should be neither poor nor perfect.

    python -m music_platform_tests.benchmarks.sample_difficulty [--size 1.0]

Each task's rows are cross-fitted over five folds that part no artist, template or text. Run it after a change of the
words of the sample or of their shares.
"""

from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from music_platform.features.cleaning import clean_lyrics
from music_platform.features.splits import FOLDS, fold_of
from music_platform.features.text import template_of
from music_platform.sample.articles import articles
from music_platform.sample.noise import noisy
from music_platform.sample.songs import ODD_GENRES, Song, songs
from music_platform.sample.utterances import utterances
from music_platform.tasks import INTENTS

WANTED = (0.6, 0.9)
GRID = np.linspace(0.05, 0.95, 19)

Samples = list[tuple[str, tuple[str, ...], str]]
"""Text, labels and unit of each row."""


def scored(samples: Samples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Out-of-fold scores and the truth, both `(n, labels)`, and the folds `(n,)`."""
    texts, labels, units = (list(column) for column in zip(*samples, strict=True))
    fold, words = fold_of(units), np.array(texts, dtype=object)
    truth = MultiLabelBinarizer().fit_transform(labels)
    scores = np.zeros(truth.shape)
    for k in range(FOLDS):
        vectorizer = TfidfVectorizer(sublinear_tf=True)
        model = OneVsRestClassifier(LogisticRegression(C=5, class_weight="balanced"))
        model.fit(vectorizer.fit_transform(words[fold != k]), truth[fold != k])
        scores[fold == k] = model.predict_proba(vectorizer.transform(words[fold == k]))
    return scores, truth, fold


def several_labels(samples: Samples) -> float:
    """Macro-F1 with a threshold per label, chosen on the other folds."""
    scores, truth, fold = scored(samples)
    picked = np.zeros_like(truth)
    for k in range(FOLDS):
        there = fold == k
        for column, score, pick in zip(truth.T, scores.T, picked.T, strict=True):
            best = np.argmax([f1_score(column[~there], score[~there] > cut) for cut in GRID])
            pick[there] = score[there] > GRID[best]
    return float(f1_score(truth, picked, average="macro"))


def one_label(samples: Samples) -> float:
    """Macro-F1 of the label with the best score."""
    scores, truth, _ = scored(samples)
    return float(f1_score(truth.argmax(1), scores.argmax(1), average="macro"))


def share_right(samples: Samples) -> float:
    """Accuracy of the label with the best score."""
    scores, truth, _ = scored(samples)
    return float(accuracy_score(truth.argmax(1), scores.argmax(1)))


def sung(chosen: list[Song]) -> Samples:
    """Songs as a site shows them, cleaned."""
    texts = ["\n\n".join("\n".join(stanza) for stanza in noisy(song, song.artist.sites[0])) for song in chosen]
    return [(clean_lyrics(text), song.genres, song.artist.slug) for text, song in zip(texts, chosen, strict=True)]


def main(size: Annotated[float, typer.Option(help="share of the sample")] = 1.0) -> None:
    """Measure the four text tasks and print a table."""
    learnable = [song for song in songs(size) if song.genres[0] not in ODD_GENRES]
    portuguese = [song for song in learnable if song.language == "pt" and len(song.genres) == 1]
    asked = [row for row in utterances(size).to_pylist() if row["text"].strip() and row["intent"] in INTENTS]
    news = [row for row in articles(size).to_pylist() if row["text"]]
    tasks = {
        "genre": (sung(learnable), several_labels, "macro-F1"),
        "genre_pt": (sung(portuguese), one_label, "macro-F1"),
        "intent": (
            [(row["text"], (row["intent"],), template_of(row["text"], row["slots"])) for row in asked],
            one_label,
            "macro-F1",
        ),
        "topic": (
            [(f"{row['title']}. {row['text']}", (row["label"],), row["text"]) for row in news],
            share_right,
            "accuracy",
        ),
    }
    shown = Table("task", "rows", "units", "metric", "figure", "wanted", box=box.MARKDOWN)
    for name, (samples, measured, metric) in tasks.items():
        figure = measured(samples)
        units = len({unit for *_, unit in samples})
        verdict = f"{WANTED[0]} to {WANTED[1]}" + ("" if WANTED[0] < figure < WANTED[1] else ", missed")
        shown.add_row(name, f"{len(samples):,}", f"{units:,}", metric, f"{figure:.3f}", verdict)
    Console(width=100).print(shown)


if __name__ == "__main__":
    typer.run(main)
