"""The scorer of a cascade: the encoder reads only the texts that the linear model is unsure of."""

import shutil

import numpy as np

from music_platform.models.scorers import loading
from music_platform.models.scorers.cascade import Cascade
from music_platform.models.scorers.predictor import Predictor
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.storage.manifest import Manifest
from music_platform.storage.registry import Registry
from music_platform_tests.support.champions import text_artifacts


class Fixed:
    """Scores by text, and the lists that were asked for."""

    def __init__(self, scores):
        self.fixed, self.asked = scores, []

    def scores(self, texts):
        """Remember the list."""
        self.asked.append(list(texts))
        return np.array([self.fixed[text] for text in texts], np.float32)


def test_the_encoder_reads_only_what_the_linear_model_is_unsure_of():
    linear = Fixed({"a": [0.9, 0.1], "b": [0.5, 0.5], "c": [0.2, 0.8], "d": [0.6, 0.4]})
    encoder = Fixed({"b": [0.1, 0.9], "d": [0.3, 0.7]})
    both = Cascade(linear, encoder, 0.8)
    np.testing.assert_allclose(both.scores(["a", "b", "c", "d"]), [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])
    both.scores(["a", "c"])
    assert encoder.asked == [["b", "d"]]


def test_a_bundle_serves_it(tmp_path, monkeypatch):
    linear = text_artifacts(tmp_path / "parts", ("topic",))["topic"]
    registry = Registry(tmp_path / "artifacts")
    facts = Manifest.read(linear).model_dump(exclude={"task", "candidate", "version", "created_at", "format"})

    def write(folder):
        for part in ("linear", "encoder"):
            shutil.copytree(linear, folder / part)

    cascading = {"cascade": {"bound": 0.9, "share": 0.5}}
    artifact = registry.save("topic", "cascade", write, facts | cascading)
    bundle = write_bundle(tmp_path / "bundle", {"topic": artifact.path})
    folder = bundle / "models" / "topic"
    encoder, honest = Fixed({"match border chip": [0.1, 0.2, 0.3, 0.4]}), loading.load_scorer
    monkeypatch.setattr(loading, "load_scorer", lambda path: encoder if path == folder / "encoder" else honest(path))
    decision = Predictor.load(folder).decide(["goal match league", "match border chip"])
    assert decision.selected.argmax(axis=1).tolist() == [1, 3]
    assert encoder.asked == [["match border chip"]]
    (shown,) = Engine(bundle).models("trace").models
    assert (shown.candidate, shown.cascade) == ("cascade", cascading["cascade"])
