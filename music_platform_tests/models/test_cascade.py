"""The cascade: its bound, what it is made of and when, how it answers, and whose place it takes."""

from dataclasses import replace

import numpy as np
import pytest
from music_platform.models.candidates import Request, train

from music_platform.errors import InputError
from music_platform.evaluation.choice import choose
from music_platform.evaluation.classification import evaluate_text
from music_platform.models.cascade_training import LOSS, lowest_bound
from music_platform.models.predictions import Predictions
from music_platform.models.scorers.cascade import Cascade
from music_platform.models.scorers.encoder import EncoderRunner
from music_platform.models.scorers.predictor import Predictor
from music_platform.models.thresholds import f1
from music_platform.serving.bundle import write_bundle
from music_platform.serving.engine import Engine
from music_platform.storage.registry import Registry
from music_platform_tests.support.evaluation_samples import LABELS, predictions
from music_platform_tests.support.serving import text_artifacts

GOOD, FAIR = predictions(skill=6, rows=2000), predictions(skill=2.5, rows=2000)


def macro(p, selected):
    return f1(p.truth, selected, p.known).mean()


def cascaded(cheap, encoder, bound):
    return np.where((cheap.scores.max(axis=1) >= bound)[:, None], cheap.selected, encoder.selected)


def test_the_bound_is_the_lowest_that_keeps_macro_f1():
    bound = lowest_bound(FAIR.scores, FAIR.selected, GOOD)
    wanted = macro(GOOD, GOOD.selected) - LOSS
    assert 0.5 < bound < 1
    assert macro(GOOD, cascaded(FAIR, GOOD, bound)) >= wanted
    assert macro(GOOD, cascaded(FAIR, GOOD, bound - 0.005)) < wanted
    assert lowest_bound(GOOD.scores, GOOD.selected, GOOD) == 0.5


def test_a_linear_model_that_is_wrong_when_sure_has_no_bound():
    wrong = np.roll(GOOD.selected, 1, axis=1)
    assert lowest_bound(wrong.astype(np.float32), wrong, GOOD) is None


def saved(registry, candidate, data="same", **parts):
    manifest = {"fingerprint": candidate, "data_hash": data, "rows": 2000, "contract": {"broken": []}}
    manifest |= {"labels": list(LABELS), "languages": {}, "thresholds": [0.0] * 4, "left_out": {}, "dropped": {}}

    def write(folder):
        for name, part in parts.items():
            part.save(folder / f"{name}.npz")
        (folder / "model.json").write_text("{}")

    registry.set_current(registry.save("topic", candidate, write, manifest))


@pytest.fixture
def registry(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    shuffled = np.random.default_rng(1).permutation(2000)
    saved(registry, "linear", predictions=FAIR.at(shuffled))
    held = GOOD.folds == 0
    saved(registry, "encoder", predictions=GOOD.at(held), validation=GOOD.at(~held))
    return registry


def made(registry):
    return train("cascade", Request(registry, "topic", None, 0, registry.root))


def test_it_is_made_once_of_the_current_parts_and_judged_on_rows_that_chose_nothing(registry):
    artifact, new = made(registry)
    assert new
    assert made(registry) == (artifact, False)
    assert registry.current("topic", "cascade") == artifact
    assert sorted(str(p.relative_to(artifact.path)) for p in artifact.path.rglob("*.json")) == [
        *("encoder/manifest.json", "encoder/model.json", "linear/manifest.json", "linear/model.json", "manifest.json"),
    ]
    told, found = artifact.manifest["cascade"], Predictions.load(artifact.path / "predictions.npz")
    held = GOOD.folds == 0
    expected = cascaded(FAIR.at(held), GOOD.at(held), told["bound"])
    assert (found.selected == expected).all()
    assert told["share"] == pytest.approx((FAIR.scores[held].max(axis=1) >= told["bound"]).mean())
    assert 0.1 < told["share"] < 0.9
    assert artifact.manifest["metrics"]["macro_f1"] == pytest.approx(macro(found, expected))

    saved(registry, "encoder", "same", predictions=GOOD.at(held), validation=FAIR.at(~held))
    assert made(registry)[1]


def test_without_an_encoder_or_with_one_of_other_rows_there_is_none(registry):
    held = GOOD.folds == 0
    saved(registry, "encoder", "other", predictions=GOOD.at(held), validation=GOOD.at(~held))
    with pytest.raises(InputError, match="learned from different rows"):
        made(registry)
    registry.clear_current("topic", "encoder")
    assert made(registry) is None


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
    manifest = Predictor.load(linear).manifest | {"fingerprint": "x", "cascade": {"bound": 0.9, "share": 0.5}}

    def write(folder):
        for part in ("linear", "encoder"):
            (folder / part).mkdir()
            for file in linear.iterdir():
                (folder / part / file.name).write_bytes(file.read_bytes())

    for name in ("task", "candidate", "version", "created_at"):
        del manifest[name]
    artifact = registry.save("topic", "cascade", write, manifest)
    bundle = write_bundle(tmp_path / "bundle", {"topic": artifact.path})
    folder = bundle / "models" / "topic"
    encoder = Fixed({"match border chip": [0.1, 0.2, 0.3, 0.4]})
    monkeypatch.setattr(EncoderRunner, "load", lambda path: encoder if path == folder / "encoder" else None)
    decision = Predictor.load(folder).decide(["goal match league", "match border chip"])
    assert decision.selected.argmax(axis=1).tolist() == [1, 3]
    assert encoder.asked == [["match border chip"]]
    (shown,) = Engine(bundle).models("trace").models
    assert (shown.candidate, shown.cascade) == ("cascade", {"bound": 0.9, "share": 0.5})


def difference(value, low=0.1):
    return {"macro_f1": {"value": value, "low": low, "high": 1.0}}


@pytest.mark.parametrize(("loss", "champion"), [(0.0029, "cascade"), (0.0031, "encoder"), (-0.1, "cascade")])
def test_it_takes_the_place_of_an_encoder_that_is_hardly_better(loss, champion):
    candidates = {
        "linear": {},
        "encoder": {"difference": {"linear": difference(0.2)}},
        "cascade": {"difference": {"linear": difference(0.25), "encoder": difference(-loss, -0.5)}},
    }
    assert choose(candidates, "macro_f1") == champion
    candidates["encoder"]["difference"]["linear"] = difference(0.01, -0.01)
    assert choose(candidates, "macro_f1") == "linear"


def test_it_is_compared_with_its_encoder_on_the_same_rows():
    part = {"encoder": GOOD, "cascade": replace(GOOD, selected=cascaded(FAIR, GOOD, 0.99)), "linear": FAIR}
    result = evaluate_text("topic", "single-label", part, made_of={"cascade": ("linear", "encoder")}, resamples=50)
    assert result["candidates"]["cascade"]["difference"].keys() == {"majority", "linear", "encoder"}
    assert result["champion"] == "cascade"
