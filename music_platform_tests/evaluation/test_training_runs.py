"""Final figures of a training run, against scikit-learn and against the figures of its epochs."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from music_platform.evaluation.training_runs import describe, final_figures
from music_platform.models.encoders.learning import judged
from music_platform.models.predictions import HELD_OUT_FILE
from music_platform.schema import WORDINGS
from music_platform.storage.registry import Registry
from music_platform_tests.support.evaluation_samples import predictions


@pytest.mark.parametrize("single", [True, False])
def test_final_figures_are_those_of_the_libraries(single):
    p = predictions(single=single, skill=1.0)
    final = final_figures(p, single=single, resamples=50)["model"]
    precision, recall, f1, _ = precision_recall_fscore_support(p.truth, p.selected, average="macro", zero_division=0)
    right = p.truth == p.selected
    accuracy = right.all(axis=1).mean() if single else right.mean()
    for name, value in (("precision", precision), ("recall", recall), ("f1", f1), ("accuracy", accuracy)):
        assert final[name]["value"] == pytest.approx(value)
        assert final[name]["low"] < value < final[name]["high"]


def test_a_final_figure_means_what_it_means_by_epoch_also_where_cells_are_unknown():
    p = predictions(single=True)
    logits = np.log(p.scores)
    by_epoch = judged(logits, p.truth, p.known, single=True)
    assert {n: f["value"] for n, f in final_figures(p, single=True, resamples=9)["model"].items()} == pytest.approx(
        by_epoch
    )
    several = predictions(single=False)
    known = np.random.default_rng(1).random(several.known.shape) < 0.7
    masked = replace(several, known=known, selected=several.selected & known)
    accuracy = (several.truth == several.selected)[known].mean()
    assert final_figures(masked, single=False, resamples=9)["model"]["accuracy"]["value"] == pytest.approx(accuracy)


def test_the_baseline_stands_beside_the_model():
    p = predictions(single=True)
    final = final_figures(p, single=True, resamples=50)
    assert final["majority"]["recall"]["value"] == pytest.approx(1 / len(p.labels))
    assert final["majority"]["f1"]["high"] < final["model"]["f1"]["low"]


def test_an_artifact_without_epochs_and_predictions_has_nothing_to_show(tmp_path):
    bare = Registry(tmp_path).save(
        "clusters",
        "kmeans",
        lambda folder: None,
        {"fingerprint": "1f", "data_hash": "d", "code_version": "c", "rows": 1},
    )
    assert describe(bare) == ({}, {})


def test_own_wordings_are_no_part_of_the_final_figures(tmp_path):
    p = predictions(single=True, skill=1.0)
    own = np.arange(len(p.ids)) % 3 == 0
    ids = np.where(own, np.char.add(f"{WORDINGS}:", p.ids.astype(np.str_)), p.ids.astype(np.str_))
    wrong = np.where(own[:, None], ~p.truth, p.selected)

    def write(folder):
        replace(p, ids=ids, selected=wrong).save(folder / HELD_OUT_FILE)

    facts = {"fingerprint": "1f", "data_hash": "d", "code_version": "c", "rows": len(ids)}
    figures, _ = describe(Registry(tmp_path).save("intent", "linear", write, facts))
    landed = final_figures(p.at(~own), single=True, resamples=9)["model"]
    assert figures["final_accuracy"] == pytest.approx(landed["accuracy"]["value"])
