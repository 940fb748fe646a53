"""Figures of slot taggers: exact spans, slices, baseline, kinds of errors; and the report of them."""

from pathlib import Path

import numpy as np
import pytest

from music_platform.evaluation import findings, report, tagging
from music_platform.models.slot_rows import SlotPredictions, SlotRow, predictions
from music_platform.schema import WORDINGS
from music_platform.tasks import TASKS

SONG, ARTIST, LIST = (4, 8, "song"), (12, 16, "artist"), (20, 25, "playlist")


def judged(answers: list[list[tuple[int, int, str]]], own: int = 0) -> SlotPredictions:
    """Rows of a song and an artist each, the last `own` of them own wordings; the baseline finds the artist."""
    rows = [
        SlotRow(f"r{i}", "", f"u{i}", "en", f"{WORDINGS}, en" if ours else "s, add", (SONG, ARTIST), ours)
        for i, ours in enumerate([False] * (len(answers) - own) + [True] * own)
    ]
    return predictions(rows, np.arange(len(rows)) % 5, answers, answers, [[ARTIST]] * len(rows))


def evaluate(p: SlotPredictions) -> dict:
    return tagging.evaluate(TASKS["slots"], {"crf": p}, resamples=50)


def champion(p: SlotPredictions) -> dict:
    metrics = evaluate(p)
    return metrics["candidates"][metrics["champion"]]


def test_a_span_counts_when_both_ends_and_the_slot_are_right() -> None:
    found = champion(judged([[SONG, ARTIST], [SONG, (12, 15, "artist")], [(4, 8, "artist"), ARTIST], []]))
    assert found["figures"]["precision"]["value"] == pytest.approx(4 / 6)
    assert found["figures"]["recall"]["value"] == pytest.approx(4 / 8)
    assert found["figures"]["f1"]["value"] == pytest.approx(8 / 14)
    assert found["figures"]["sentence_accuracy"]["value"] == 0.25
    assert found["baseline"]["f1"]["value"] == pytest.approx(2 * 4 / 12, abs=1e-6)


def test_errors_are_counted_by_kind() -> None:
    found = champion(judged([[(4, 8, "artist"), ARTIST], [SONG, (12, 15, "artist")], [SONG, ARTIST, LIST], [ARTIST]]))
    assert {e["kind"]: e["spans"] for e in found["errors"]} == {
        "right place, wrong slot": 1,
        "wrong beginning or end": 1,
        "missed": 1,
        "answered where there is no name": 1,
    }  # fmt: skip
    assert found["confused"] == [{"truth": "song", "answered": "artist", "rows": 1, "share": 0.25}]


def test_own_wordings_are_a_slice_and_no_part_of_the_whole() -> None:
    p = judged([[SONG, ARTIST]] * 4 + [[]] * 4, own=4)
    found = champion(p)
    assert (found["rows"], found["figures"]["f1"]["value"]) == (4, 1)
    assert {g["group"]: g["figures"]["f1"]["value"] for g in found["groups"]} == {"s, add": 1, f"{WORDINGS}, en": 0}
    alone = champion(judged([[SONG]] * 4, own=4))
    assert alone["rows"] == 4, "where nothing is landed they are all there is"


def test_the_interval_surrounds_the_figure_and_the_gain_is_paired() -> None:
    found = champion(judged([[SONG, ARTIST]] * 6 + [[SONG]] * 6))
    f1 = found["figures"]["f1"]
    assert f1["low"] < f1["value"] < f1["high"]
    gain = found["difference"]["look-up"]["f1"]
    assert gain["value"] == pytest.approx(f1["value"] - found["baseline"]["f1"]["value"], abs=1e-5)


def test_the_report_shows_figures_baseline_and_errors(tmp_path: Path) -> None:
    metrics = evaluate(judged([[SONG, ARTIST]] * 6 + [[(4, 8, "artist")]] * 6))
    assert (metrics["task"], metrics["kind"], metrics["unit"]) == ("slots", "tagging", "template")
    pictures = report.draw(metrics)
    assert {*pictures} == {"scores", "classes", "slices"}
    page = report.write_report(tmp_path / "slots", metrics, pictures).read_text("utf-8")
    assert "look-up baseline" in page
    assert "right place, wrong slot" in page
    assert findings.verdict(metrics).startswith("The champion is crf. It reaches a slot F1 of 0.571 ")
    assert "The baseline, looking names up in the catalogue, reaches" in findings.verdict(metrics)
    rows = findings.summary_rows([metrics])
    assert [(r["slice"], r["metric"]) for r in rows] == [("all", "slot F1"), ("all", "sentence accuracy")]
