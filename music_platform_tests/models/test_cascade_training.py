"""The cascade: its bound, the parts that it is made of, and the place of an encoder that it takes."""

from dataclasses import replace

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.evaluation import classification
from music_platform.evaluation.choice import choose
from music_platform.models.cascade_training import LOSS, lowest_bound
from music_platform.models.making import Made
from music_platform.models.predictions import Predictions
from music_platform.models.request import Request
from music_platform.models.thresholds import f1
from music_platform.models.training import train
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.evaluation_samples import LABELS, predictions
from music_platform_tests.support.manifests import facts

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
    learned = {"fingerprint": candidate, "data_hash": data, "rows": 2000, "contract": {"broken": []}}
    learned |= {"labels": list(LABELS), "thresholds": [0.0] * 4, "left_out": {"polka": 3}}

    def write(folder):
        for name, part in parts.items():
            part.save(folder / f"{name}.npz")
        (folder / "model.json").write_text("{}")

    registry.set_current(registry.save("topic", candidate, write, facts(**learned)))


@pytest.fixture
def registry(tmp_path):
    registry = Registry(tmp_path / "artifacts")
    shuffled = np.random.default_rng(1).permutation(2000)
    saved(registry, "linear", predictions=FAIR.at(shuffled))
    held = GOOD.folds == 0
    saved(registry, "encoder", predictions=GOOD.at(held), validation=GOOD.at(~held))
    return registry


def made(registry):
    return train(Request(registry, TASKS["topic"], "cascade", None))


def test_it_is_made_once_of_the_current_parts_and_judged_on_rows_that_chose_nothing(registry):
    new = made(registry)
    artifact, manifest = new.artifact, new.artifact.manifest
    assert new.is_new
    assert made(registry) == Made(artifact, is_new=False)
    assert registry.current("topic", "cascade") == artifact
    assert sorted(str(p.relative_to(artifact.path)) for p in artifact.path.rglob("*.json")) == [
        *("encoder/manifest.json", "encoder/model.json", "linear/manifest.json", "linear/model.json", "manifest.json"),
    ]
    assert (manifest.rows, manifest.labels, manifest.left_out) == (2000, list(LABELS), {"polka": 3})
    cascade, found = manifest.cascade, Predictions.load(artifact.path / "predictions.npz")
    held = GOOD.folds == 0
    expected = cascaded(FAIR.at(held), GOOD.at(held), cascade.bound)
    assert (found.selected == expected).all()
    assert cascade.share == pytest.approx((FAIR.scores[held].max(axis=1) >= cascade.bound).mean())
    assert 0.1 < cascade.share < 0.9
    assert manifest.metrics["macro_f1"] == pytest.approx(macro(found, expected))

    saved(registry, "encoder", "same", predictions=GOOD.at(held), validation=FAIR.at(~held))
    assert made(registry).is_new


def test_without_an_encoder_or_with_one_of_other_rows_there_is_none(registry):
    held = GOOD.folds == 0
    saved(registry, "encoder", "other", predictions=GOOD.at(held), validation=GOOD.at(~held))
    with pytest.raises(InputError, match="learned from different rows"):
        made(registry)
    registry.clear_current("topic", "encoder")
    assert made(registry) is None


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
    result = classification.evaluate(TASKS["topic"], part, parts={"cascade": ("linear", "encoder")}, resamples=50)
    assert result["candidates"]["cascade"]["difference"].keys() == {"majority", "linear", "encoder"}
    assert result["champion"] == "cascade"
