"""A linear model on the sample, cross-fitted over units that are never split: between 0.6 and 0.9."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MultiLabelBinarizer

from music_platform.features.splits import fold_of
from music_platform.features.text import clean_lyrics, template_of
from music_platform.sample.articles import articles
from music_platform.sample.noise import noisy
from music_platform.sample.songs import ODD_GENRES, songs
from music_platform.sample.utterances import utterances
from music_platform.tasks import INTENTS

pytestmark = pytest.mark.slow


def scored(texts, labels, units):
    """Out-of-fold scores and the truth, both (n, L), and the folds (n,)."""
    fold, texts = fold_of(units), np.array(texts, dtype=object)
    truth = MultiLabelBinarizer().fit_transform(labels)
    scores = np.zeros(truth.shape)
    for k in range(5):
        vectorizer = TfidfVectorizer(sublinear_tf=True)
        model = OneVsRestClassifier(LogisticRegression(C=5, class_weight="balanced"))
        model.fit(vectorizer.fit_transform(texts[fold != k]), truth[fold != k])
        scores[fold == k] = model.predict_proba(vectorizer.transform(texts[fold == k]))
    return scores, truth, fold


def best(texts, labels, units):
    """True and best label of each row, as numbers."""
    scores, truth, _ = scored(texts, [[label] for label in labels], units)
    return truth.argmax(1), scores.argmax(1)


def lyrics(song):
    """A song as a site shows it, cleaned."""
    return clean_lyrics("\n\n".join("\n".join(stanza) for stanza in noisy(song, song.artist.sites[0])))


def test_genre():
    chosen = [song for song in songs() if song.genres[0] not in ODD_GENRES]
    texts, labels = [lyrics(song) for song in chosen], [song.genres for song in chosen]
    scores, truth, fold = scored(texts, labels, [song.artist.slug for song in chosen])
    picked, grid = np.zeros_like(truth), np.linspace(0.05, 0.95, 19)
    for k in range(5):
        there = fold == k
        for column, score, pick in zip(truth.T, scores.T, picked.T, strict=True):
            threshold = grid[np.argmax([f1_score(column[~there], score[~there] > cut) for cut in grid])]
            pick[there] = score[there] > threshold
    figure = f1_score(truth, picked, average="macro")
    assert 0.6 < figure < 0.9, figure


def test_genre_pt():
    chosen = [song for song in songs() if song.language == "pt" and len(song.genres) == 1]
    chosen = [song for song in chosen if song.genres[0] not in ODD_GENRES]
    labels, units = [song.genres[0] for song in chosen], [song.artist.slug for song in chosen]
    figure = f1_score(*best([lyrics(song) for song in chosen], labels, units), average="macro")
    assert 0.6 < figure < 0.9, figure


def test_intent():
    rows = [row for row in utterances().to_pylist() if row["text"].strip() and row["intent"] in INTENTS]
    units = [template_of(row["text"], row["slots"]) for row in rows]
    figure = f1_score(*best([row["text"] for row in rows], [row["intent"] for row in rows], units), average="macro")
    assert 0.6 < figure < 0.9, figure


def test_topic():
    rows = [row for row in articles().to_pylist() if row["text"]]
    texts, labels = [f"{row['title']}. {row['text']}" for row in rows], [row["label"] for row in rows]
    figure = accuracy_score(*best(texts, labels, [row["text"] for row in rows]))
    assert 0.6 < figure < 0.9, figure
