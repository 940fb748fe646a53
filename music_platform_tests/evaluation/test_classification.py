"""Evaluation of tasks that classify, as a whole, and the choice of the champion."""

import json
from dataclasses import replace

import numpy as np
import pytest

from music_platform.errors import InputError
from music_platform.evaluation import classification
from music_platform.evaluation.choice import choose
from music_platform.schema import WORDINGS
from music_platform.tasks import TASKS
from music_platform_tests.support.evaluation_samples import LABELS, predictions


def evaluate(candidates, task="genre_pt", **options):
    return classification.evaluate(TASKS[task], candidates, resamples=100, **options)


@pytest.fixture(scope="module")
def result():
    return evaluate({"linear": predictions()}, left_out={"polka": 3})


def test_the_result_is_json_and_says_what_it_rests_on(result):
    assert json.loads(json.dumps(result)) == result
    linear = result["candidates"]["linear"]
    assert (linear["rows"], linear["units"], result["champion"]) == (400, 100, "linear")
    assert result["left_out"] == [{"label": "polka", "units": 3}]
    assert result["labels"] == list(LABELS)
    assert (result["title"], result["kind"], result["unit"]) == (TASKS["genre_pt"].title, "single-label", "artist")


def test_a_candidate_that_cannot_be_served_is_compared_and_never_champion():
    known = predictions()
    perfect = replace(known, selected=known.truth, scores=known.truth.astype(np.float32))
    candidates = {"linear": known, "large": perfect, "encoder": replace(known, selected=known.baseline)}
    reasons = {"large": "It is too large.", "absent": "It is not there."}
    result = evaluate(candidates, unserved=reasons, facts={"large": {"cost": {"trained": 1}}})
    assert (result["champion"], result["unserved"]) == ("linear", {"large": "It is too large."})
    assert {name: c["cost"] for name, c in result["candidates"].items() if c["cost"]} == {"large": {"trained": 1}}
    assert result["candidates"]["large"]["difference"]["linear"]["macro_f1"]["low"] > 0
    assert evaluate(candidates)["champion"] == "large"


def test_intervals_hold_their_figures_and_the_gain_over_the_baseline_is_paired(result):
    linear = result["candidates"]["linear"]
    for name, figure in linear["figures"].items():
        assert figure["low"] < figure["value"] < figure["high"], name
    gain = linear["difference"]["majority"]["macro_f1"]
    assert gain["value"] == pytest.approx(
        linear["figures"]["macro_f1"]["value"] - linear["baseline"]["macro_f1"]["value"], abs=1e-5
    )
    assert gain["low"] > 0


def test_groups_and_folds_partition_the_rows(result):
    linear = result["candidates"]["linear"]
    assert [(g["group"], g["rows"]) for g in linear["groups"]] == [("en", 200), ("pt", 200)]
    assert sum(fold["rows"] for fold in linear["folds"]) == 400
    assert len(linear["folds"]) == 5


def test_support_of_the_labels_and_of_the_confusion_matrix_agree(result):
    linear = result["candidates"]["linear"]
    assert [c["support"] for c in linear["classes"]] == [sum(row) for row in linear["confusion"]["selected"]]


def test_the_known_mask_changes_the_figures():
    p = predictions(single=False)
    wrong = p.selected != p.truth
    blind = evaluate({"linear": replace(p, known=~wrong)}, "genre")["candidates"]["linear"]
    seen = evaluate({"linear": p}, "genre")["candidates"]["linear"]
    assert blind["figures"]["macro_f1"]["value"] == 1
    assert seen["figures"]["macro_f1"]["value"] < 1
    assert blind["calibration"]["brier"] < seen["calibration"]["brier"]
    assert blind["confused"] == []


def test_a_group_averages_only_labels_known_there():
    p = predictions(single=False)
    known = p.known.copy()
    known[p.groups == "en", 0] = False
    groups = evaluate({"linear": replace(p, known=known)}, "genre")["candidates"]["linear"]["groups"]
    assert {g["group"]: g["labels"] for g in groups} == {"en": list(LABELS[1:]), "pt": list(LABELS)}


def test_a_group_averages_only_labels_offered_there():
    groups = evaluate({"linear": predictions()}, offered={"rap": ["pt"], "rock": []})["candidates"]["linear"]["groups"]
    assert {g["group"]: g["labels"] for g in groups} == {
        "en": ["gospel", "samba"],
        "pt": ["gospel", "rap", "samba"],
    }


def test_fixed_thresholds_stand_beside_the_curve():
    linear = evaluate({"linear": predictions(single=False)}, "genre")["candidates"]["linear"]
    assert set(linear["curve"]["fixed"]) == {"0.2", "0.5"}
    assert linear["curve"]["fixed"]["0.5"] == linear["figures"]["macro_f1"]["value"]
    assert linear["classes"][0]["threshold"] == 0.5


def test_evaluation_repeats_exactly(result):
    again = evaluate({"linear": predictions()}, left_out={"polka": 3})
    assert again == result


def test_a_clearly_better_candidate_wins_even_where_only_one_fold_was_tried():
    good = predictions(skill=4)
    candidates = {"linear": predictions(skill=1), "transformer": good.at(good.folds == 0)}
    result = evaluate(candidates)
    assert result["champion"] == "transformer"
    assert result["candidates"]["transformer"]["difference"]["linear"]["macro_f1"]["low"] > 0


def test_uncertain_rows_are_counted_and_the_others_are_better():
    p = predictions()
    certain = p.scores.max(axis=1) >= 0.5
    found = evaluate({"linear": p})["candidates"]["linear"]
    right = (p.truth & p.selected).any(axis=1)
    assert found["certainty"]["share"] == pytest.approx((~certain).mean())
    assert found["certainty"]["certain"]["accuracy"] == pytest.approx(right[certain].mean(), abs=1e-6)
    assert found["certainty"]["uncertain"]["accuracy"] == pytest.approx(right[~certain].mean(), abs=1e-6)
    many = predictions(single=False)
    silent = evaluate({"linear": many}, "genre")["candidates"]["linear"]["certainty"]
    assert silent["share"] == pytest.approx((~many.selected.any(axis=1)).mean())


def test_an_equal_candidate_loses_to_the_linear_one():
    result = evaluate({"transformer": predictions(seed=1), "linear": predictions(seed=2)})
    assert result["champion"] == "linear"


def gain(value, low):
    return {"difference": {"linear": {"macro_f1": {"value": value, "low": low, "high": 1.0}}}}


def test_choose_takes_the_largest_certain_gain():
    candidates = {"linear": {}, "a": gain(0.3, -0.1), "b": gain(0.2, 0.05), "c": gain(0.1, 0.01)}
    assert choose(candidates, "macro_f1") == "b"
    assert choose({"linear": {}, "a": gain(0.3, None)}, "macro_f1") == "linear"


def test_a_blend_has_to_beat_every_part_of_it():
    against = {name: {"macro_f1": {"value": 0.1, "low": low, "high": 0.3}} for name, low in (("a", -0.1), ("b", 0.1))}
    blend = gain(0.3, 0.1)
    blend["difference"]["b"] = against["b"]
    assert choose({"linear": {}, "b": gain(0.2, 0.1), "blend": blend}, "macro_f1") == "blend"
    blend["difference"]["a"] = against["a"]
    assert choose({"linear": {}, "a": gain(0.2, 0.1), "blend": blend}, "macro_f1") == "a"
    assert choose({"linear": {}, "blend": blend}, "macro_f1") == "blend"


def test_a_candidate_is_compared_with_its_parts():
    candidates = {"linear": predictions(skill=1), "encoder": predictions(skill=3), "blend": predictions(skill=3)}
    result = evaluate(candidates, parts={"blend": ("linear", "encoder")})
    assert set(result["candidates"]["blend"]["difference"]) == {"majority", "linear", "encoder"}
    assert set(result["candidates"]["encoder"]["difference"]) == {"majority", "linear"}
    assert result["champion"] == "encoder"


def test_choose_without_a_linear_candidate_takes_the_best():
    candidates = {n: {"figures": {"macro_f1": {"value": v}}} for n, v in (("a", 0.4), ("b", 0.5), ("c", None))}
    assert choose(candidates, "macro_f1") == "b"
    assert choose(candidates, "macro_f1", unserved={"b"}) == "a"
    with pytest.raises(InputError, match="there is none that can be champion"):
        choose(candidates, "macro_f1", unserved=set(candidates))


def test_predictions_that_can_not_be_evaluated_are_refused():
    p = predictions(rows=8)
    task = replace(TASKS["genre_pt"], metric="f1")
    with pytest.raises(InputError, match=r"genre_pt: linear has no figure 'f1'; declare one of macro_f1, micro_f1"):
        classification.evaluate(task, {"linear": p}, resamples=9)
    with pytest.raises(InputError, match="linear: no row"):
        evaluate({"linear": replace(p, known=np.zeros_like(p.known))})
    with pytest.raises(InputError, match="share no row"):
        evaluate({"linear": p, "other": replace(p, ids=np.array([f"x{i}" for i in range(8)]))})


def test_own_wordings_are_groups_of_their_own_and_no_part_of_the_other_figures():
    p = predictions(rows=80)
    own = np.arange(80) >= 40
    ids = np.where(own, np.char.add(f"{WORDINGS}:", p.ids), p.ids)
    mixed = replace(p, ids=ids, selected=np.where(own[:, None], p.truth, p.selected))
    found = evaluate({"linear": mixed})["candidates"]["linear"]
    assert found["rows"] == 40
    assert [(g["group"], g["simulated"], g["rows"]) for g in found["groups"]] == [
        ("en", False, 20), ("pt", False, 20), ("own wordings, en", True, 20), ("own wordings, pt", True, 20)
    ]  # fmt: skip
    assert {g["figures"]["accuracy"]["value"] for g in found["groups"] if g["simulated"]} == {1}
    assert found["figures"]["accuracy"]["value"] < 1
