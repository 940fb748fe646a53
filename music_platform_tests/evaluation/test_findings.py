"""The sentences and tables of reports."""

import copy
from dataclasses import replace

import pytest

from music_platform.evaluation.findings import (
    markdown_table,
    number,
    percent,
    progress_sentence,
    summary_rows,
    verdict,
)
from music_platform.evaluation.losses import cluster_losses, label_losses
from music_platform_tests.support.evaluation_samples import PROGRESS, classified, predictions


def test_a_sentence_says_how_much_of_its_plan_a_training_did():
    whole = PROGRESS | {"steps": 3000}
    assert progress_sentence("budget", PROGRESS) == (
        "The budget ended the training after 1,204 of 3,000 steps (40 % of the plan)."
    )
    assert progress_sentence("epochs", whole) == "The training did all of its plan, 3,000 steps."
    assert "was not recorded" in progress_sentence("budget", None)


def test_summary_rows_hold_candidates_figures_groups_and_the_baseline(reports):
    rows = summary_rows(reports.values())
    main = [r for r in summary_rows(reports.values(), only_main=True) if r["slice"] == "all"]
    assert [(r["task"], r["candidate"], r["champion"]) for r in main] == [
        ("genre_pt", "linear", True),
        ("genre_pt", "encoder", False),
        ("genre", "linear", True),
        ("clusters", "kmeans", True),
    ]
    assert {r["slice"] for r in rows if r["task"] == "genre"} == {"all", "en", "pt"}
    assert all(r["baseline"] is not None for r in main)
    assert all(r["low"] <= r["value"] <= r["high"] for r in main)


def test_the_markdown_table_has_a_line_per_row(reports):
    rows = summary_rows(reports.values())
    lines = markdown_table(rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert {line.count("|") for line in lines} == {9}
    assert "| genre_pt | all | **linear** | macro-F1 |" in lines[2]


def test_the_verdict_is_sure_only_of_a_certain_gain(reports):
    assert "The baseline, always answering the most frequent label, reaches" in verdict(reports["genre_pt"])
    assert "The gain is real" in verdict(reports["genre_pt"])
    assert "The baseline, picking random tracks of the same cluster, reaches" in verdict(reports["clusters"])
    p = predictions(skill=2)
    assert "not certain" in verdict(classified("genre_pt", {"linear": replace(p, baseline=p.selected)}))


def test_losses_name_the_worst_label_and_the_most_confused_pair(reports):
    report = reports["genre_pt"]
    linear = report["candidates"]["linear"]
    worst = min(linear["classes"], key=lambda c: c["f1"]["value"])
    sentences = label_losses(report)
    assert sentences[0].startswith(f"{worst['label']} has an F1 of {worst['f1']['value']:.3f}: the model ")
    pair = linear["confused"][0]
    assert f"cases of {pair['truth']} the model answers {pair['answered']} instead." in sentences[3]
    assert sentences[-1].startswith("By language, ")


@pytest.mark.parametrize(
    ("precision", "recall", "words"),
    [
        (0.9, 0.5, "misses it more often than it answers it wrongly (precision 0.900, recall 0.500)"),
        (0.5, 0.9, "answers it wrongly more often than it misses it"),
        (0.52, 0.5, "misses it about as often as it answers it wrongly"),
    ],
)
def test_losses_say_whether_a_label_is_missed_or_answered_wrongly(reports, precision, recall, words):
    report = copy.deepcopy(reports["genre_pt"])
    for entry in report["candidates"]["linear"]["classes"]:
        entry |= {"precision": precision, "recall": recall}
    assert words in label_losses(report)[0]


def test_losses_of_clusters_name_genres_a_misleading_silhouette_and_unstable_clusters(reports):
    report = copy.deepcopy(reports["clusters"])
    candidate = report["candidates"]["kmeans"]
    for row in candidate["ablation"]:
        row["silhouette"] = 0.5
    assert len(cluster_losses(report)) == 3
    assert " % of the nearest tracks share the genre, and " in cluster_losses(report)[0]
    candidate["ablation"][1]["silhouette"] = 0.99
    candidate["figures"]["stability"]["value"] = 0.5
    *_, silhouette, stability = cluster_losses(report)
    assert silhouette.startswith("The silhouette of the variant “not scaled” is higher (0.990 against 0.500).")
    assert "so the 4 clusters may change" in stability


def test_numbers_read_well():
    assert [number(v) for v in (None, 0.12345, 120.456, -0.1)] == ["–", "0.123", "120.5", "-0.100"]
    assert (percent(0.4), percent(0.0025, 2)) == ("40 %", "0.25 %")
