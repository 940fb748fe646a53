"""From texts to labels: thresholds, languages, doubt; a single text is a batch of one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform.errors import InputError
from music_platform.models.scorers.predictor import Predictor
from music_platform.storage.manifest import Manifest
from music_platform.tasks import TASKS
from music_platform_tests.support.champions import text_artifacts
from music_platform_tests.support.manifests import manifest


class Fixed:
    """Scores that the test decides, and the texts that were scored."""

    def __init__(self, scores: list[list[float]]) -> None:
        self.fixed = np.array(scores, np.float32)
        self.seen: list[str] = []

    def scores(self, texts: Any) -> np.ndarray:
        """Remember the texts."""
        self.seen = list(texts)
        return self.fixed


ENGLISH = "and the river is on the shore with you and the boat"
PORTUGUESE = "e o rio não leva você pra longe do mar da minha rua"
LABELS = ["rap", "samba", "rock"]
LANGUAGES = {"rap": ["en"], "samba": ["pt"], "rock": ["en", "pt"]}
SEVERAL = manifest("genre", labels=LABELS, languages=LANGUAGES, thresholds=[0.4, 0.3, 0.6])
SINGLE = manifest("genre_pt", labels=LABELS, languages=LANGUAGES, thresholds=[0.0] * 3)
TOPIC = manifest("topic", labels=LABELS, languages={label: [] for label in LABELS}, thresholds=[0.0] * 3)


@pytest.mark.parametrize(
    ("learned", "text", "scores", "offered", "selected", "uncertain"),
    [
        (SEVERAL, ENGLISH, [0.4, 0.9, 0.7], "101", "101", False),
        (SEVERAL, ENGLISH, [0.39, 0.9, 0.59], "101", "000", True),
        (SEVERAL, PORTUGUESE, [0.9, 0.3, 0.1], "011", "010", False),
        (SEVERAL, "xyz", [0.9, 0.3, 0.1], "111", "110", False),
        (SEVERAL, "[Chorus]", [0.9, 0.9, 0.9], "111", "000", True),
        (SEVERAL, "el río no me lleva y yo con la luna en la calle", [0.9, 0.9, 0.9], "111", "000", True),
        (SINGLE, ENGLISH, [0.5, 0.1, 0.4], "101", "100", False),
        (SINGLE, ENGLISH, [0.3, 0.5, 0.2], "101", "100", True),
        (SINGLE, PORTUGUESE, [0.8, 0.1, 0.1], "011", "010", True),
        (TOPIC, PORTUGUESE, [0.2, 0.2, 0.6], "111", "001", False),
        (TOPIC, PORTUGUESE, [0.4, 0.4, 0.2], "111", "100", True),
    ],
)
def test_labels_are_selected_by_threshold_or_best_score_within_the_language(
    learned: Manifest, text: str, scores: list[float], offered: str, selected: str, uncertain: bool
) -> None:
    decision = Predictor(learned, Fixed([scores])).decide([text])
    assert "".join(map(str, decision.offered[0].astype(int))) == offered
    assert "".join(map(str, decision.selected[0].astype(int))) == selected
    assert decision.uncertain[0] == uncertain


def test_a_task_that_is_given_decides_instead_of_the_declared_one() -> None:
    single = replace(TASKS["genre"], kind="single-label", labels_by_language=False)
    decision = Predictor(SEVERAL, Fixed([[0.39, 0.9, 0.59]]), single).decide([ENGLISH])
    assert decision.selected.tolist() == [[False, True, False]]


def test_a_model_reads_texts_as_it_learned_from_them() -> None:
    model = Fixed([[0.1, 0.2, 0.3]])
    Predictor(SEVERAL, model).decide(["[Verse 1]\nThe boat   is gone (x2)"])
    assert model.seen == ["The boat is gone"]
    Predictor(TOPIC, model).decide(["<b>Ferry</b> opens &amp; sails"])
    assert model.seen == ["Ferry opens & sails"]


@pytest.fixture(scope="module")
def genre(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(text_artifacts(tmp_path_factory.mktemp("models"), ("genre",))["genre"])


def test_a_fitted_model_answers_what_it_learned(genre: Predictor) -> None:
    decision = genre.decide(["the microphone and the rhyme in the city", "o pandeiro na roda não quer que você vá"])
    assert [genre.labels[row.argmax()] for row in decision.selected] == ["rap", "samba"]
    assert decision.selected.sum() == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_a_batch_answers_as_each_text_alone(genre: Predictor, texts: list[str]) -> None:
    together, alone = genre.decide(texts), [genre.decide([text]) for text in texts]
    assert np.allclose(together.scores, np.concatenate([one.scores for one in alone]), atol=1e-6)
    assert np.array_equal(together.offered, np.concatenate([one.offered for one in alone]))
    assert together.scores.shape == (len(texts), 3)
    assert not (together.selected & ~together.offered).any()


def test_no_text_gives_no_row(genre: Predictor) -> None:
    assert genre.decide([]).selected.shape == (0, 3)


def test_a_folder_without_a_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.json"):
        Predictor.load(tmp_path)
    for changed, said in (
        ({"kind": "oracle"}, "no scorer reads artifacts of kind 'oracle'; the kinds are linear, encoder"),
        ({"task": "moods"}, "the task 'moods' is not declared; remove the folder and run again"),
        ({"kind": "cascade"}, r"manifest\.json: cascade: is missing; run again"),
        ({"kind": "blend"}, r"manifest\.json: blend: is missing; run again"),
        ({"kind": "encoder"}, r"manifest\.json: encoder: is missing; run again"),
    ):
        (tmp_path / "manifest.json").write_text(json.dumps(SEVERAL.content() | changed))
        with pytest.raises(InputError, match=said):
            Predictor.load(tmp_path)
