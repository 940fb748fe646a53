"""Figures, findings and the written report."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from music_platform.evaluation.classification import evaluate_text
from music_platform.evaluation.clustering import evaluate_clusters
from music_platform.evaluation.findings import losses, markdown_table, number, summary_rows, verdict
from music_platform.evaluation.plots import draw
from music_platform.evaluation.report import write_overview, write_report
from music_platform_tests.evaluation.test_clustering import tracks
from music_platform_tests.support.evaluation_samples import predictions


def epoch(number):
    metrics = {"accuracy": 0.8, "f1": 0.7, "precision": 0.6, "recall": 0.5}
    return {"number": number, "loss": 1 / number, "validation_loss": 1.234 * number, **metrics}


TRAINING = {"history": [epoch(1), epoch(2)], "best_epoch": 1, "stopped": "patience", "seconds": 90.0}


@pytest.fixture(scope="module")
def reports():
    pt = {"linear": predictions(), "transformer": predictions(seed=5)}
    features, artists, genres = tracks(200)
    cost = {"parameters": 400, "trained": 100, "peak_bytes": 2_000_000}
    told = {"left_out": {"polka": 3}, "facts": {"transformer": {"training": TRAINING, "cost": cost}}}
    return {
        "genre_pt": evaluate_text("genre_pt", "single-label", pt, **told, resamples=100),
        "genre": evaluate_text("genre", "multi-label", {"linear": predictions(single=False)}, resamples=100),
        "clusters": evaluate_clusters(features, artists, genres, ks=(2, 4), resamples=50),
    }


@pytest.fixture(scope="module")
def figures(reports):
    return {task: draw(report) for task, report in reports.items()}


class _Page(HTMLParser):
    """What a page holds that tests ask about."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        self.open.append("/" + tag)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append(data)

    def values(self, tag, name):
        return [attributes.get(name) for t, attributes in self.tags if t == tag]


SECTIONS = {
    "genre_pt": {
        "Where it loses",
        "Candidates",
        "Training",
        "Label by label",
        "Labels left out",
        "What is confused with what",
        "Thresholds",
        "Calibration",
        "Language and folds",
    },
    "clusters": {
        "Where it loses",
        "The clusters",
        "Do near tracks share the genre?",
        "What is recommended",
        "Stability and the number of clusters",
        "Without one feature, without scaling",
    },
}
FIGURES = {
    "genre_pt": {"scores", "classes", "confusion", "thresholds", "calibration", "slices", "training_transformer"},
    "genre": {"scores", "classes", "together", "thresholds", "calibration", "slices"},
    "clusters": {"sizes", "profiles", "map", "silhouettes", "ablation", "neighbours", "genres"},
}


@pytest.mark.parametrize("task", FIGURES)
def test_every_figure_is_a_png_with_something_on_it(figures, task):
    assert set(figures[task]) == FIGURES[task]
    for name, png in figures[task].items():
        assert png.startswith(b"\x89PNG\r\n"), name
        assert len(png) > 10_000, name


def test_figures_are_drawn_from_the_json_alone_and_repeat(reports, figures):
    again = draw(json.loads(json.dumps(reports["genre_pt"])))
    assert again == figures["genre_pt"]


def test_drawing_leaves_no_style_behind(reports):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw(reports["genre"])
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("task", FIGURES)
def test_a_report_is_a_folder_that_needs_no_network(tmp_path, reports, figures, task):
    page = write_report(tmp_path / task, reports[task], figures[task], {"artifact": "abc123"})
    text = page.read_text("utf-8")
    assert not re.search(r"https?://|@import|url\(|<script|<link", text)
    assert "abc123" in text
    parsed = _Page(text)
    assert SECTIONS.get(task, set()) <= set(parsed.headings)
    sources, alternatives = parsed.values("img", "src"), parsed.values("img", "alt")
    assert len(sources) == len(FIGURES[task])
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(alternatives)
    tables = [tag for tag, _ in parsed.tags if tag in ("table", "caption")]
    assert tables == ["table", "caption"] * (len(tables) // 2)
    assert json.loads((tmp_path / task / "metrics.json").read_text()) == reports[task]
    assert {p.stem for p in (tmp_path / task).glob("*.png")} == FIGURES[task]


def test_the_training_of_a_candidate_is_told_epoch_by_epoch(tmp_path, reports):
    pages = {task: write_report(tmp_path / task, reports[task], {}).read_text("utf-8") for task in FIGURES}
    assert "Training" not in _Page(pages["genre"]).headings
    page = pages["genre_pt"]
    assert '<tr><th scope="row">transformer</th><td>2</td><td>1</td><td class="text">no better epoch</td>' in page
    assert "<td>1.5</td><td>400</td><td>25.00%</td><td>2 MB</td>" in page
    kept, other = (f'<tr{mark}><th scope="row">{n}</th>' for n, mark in ((1, ' class="best"'), (2, "")))
    assert page.index(kept) < page.index("<td>1.234</td>") < page.index(other) < page.index("<td>2.468</td>")


def test_names_from_the_data_are_escaped(tmp_path, reports):
    report = {**reports["genre_pt"], "left_out": [{"label": "<b>invented", "units": 3}]}
    page = write_report(tmp_path / "r", report, {}).read_text("utf-8")
    assert "&lt;b&gt;invented" in page
    assert "<b>invented" not in page


def test_a_report_replaces_the_old_one_as_a_whole(tmp_path, reports, figures):
    folder = tmp_path / "genre"
    write_report(folder, reports["clusters"], figures["clusters"])
    write_report(folder, reports["genre"], figures["genre"])
    assert {p.stem for p in folder.glob("*.png")} == FIGURES["genre"]
    assert [p.name for p in tmp_path.iterdir()] == ["genre"]


def test_a_report_that_fails_leaves_the_old_one(tmp_path, reports):
    folder = tmp_path / "genre"
    write_report(folder, reports["genre"], {})
    before = (folder / "index.html").read_bytes()
    with pytest.raises(TypeError):
        write_report(folder, {**reports["genre"], "broken": object()}, {})
    assert (folder / "index.html").read_bytes() == before


def test_the_overview_links_every_task_and_leaves_reports_alone(tmp_path, reports):
    write_report(tmp_path / "genre", reports["genre"], {})
    page = write_overview(tmp_path, list(reports.values()), links={"Validation": "validation/index.html"})
    parsed = _Page(page.read_text("utf-8"))
    links = parsed.values("a", "href")
    assert {f"{task}/index.html" for task in reports} | {"validation/index.html"} <= set(links)
    assert (tmp_path / "genre" / "index.html").exists()
    assert json.loads((tmp_path / "summary.json").read_text()) == summary_rows(reports.values())


def test_summary_rows_hold_candidates_figures_groups_and_the_baseline(reports):
    rows = summary_rows(reports.values())
    main = [r for r in summary_rows(reports.values(), only_main=True) if r["slice"] == "all"]
    assert [(r["task"], r["candidate"], r["champion"]) for r in main] == [
        ("genre_pt", "linear", True),
        ("genre_pt", "transformer", False),
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
    assert "The gain is real" in verdict(reports["genre_pt"])
    p = predictions(skill=2)
    report = evaluate_text("genre", "single-label", {"linear": replace(p, baseline=p.selected)}, resamples=50)
    assert "not certain" in verdict(report)


def test_losses_name_the_worst_label_and_the_most_confused_pair(reports):
    report = reports["genre_pt"]
    linear = report["candidates"]["linear"]
    worst = min(linear["classes"], key=lambda c: c["f1"]["value"])
    sentences = losses(report)
    assert sentences[0].startswith(f"{worst['label']}: F1")
    pair = linear["confused"][0]
    assert any(s.startswith(pair["truth"]) and pair["answered"] in s for s in sentences)
    assert "weakest language" in sentences[-1]
    assert losses(reports["clusters"])


def test_a_perfect_model_and_a_single_group_still_give_a_report(tmp_path):
    p = predictions(rows=40)
    perfect = replace(p, selected=p.truth, scores=p.truth.astype("float32"), groups=p.groups[[0] * 40])
    report = evaluate_text("topic", "single-label", {"linear": perfect}, main="accuracy", resamples=50)
    page = write_report(tmp_path / "topic", report, draw(report))
    assert report["candidates"]["linear"]["figures"]["accuracy"]["value"] == 1
    assert page.exists()


def test_clusters_without_genres_give_a_report(tmp_path):
    features, artists, _ = tracks(60)
    report = evaluate_clusters(features, artists, ks=(2,), resamples=50)
    text = write_report(tmp_path / "clusters", report, draw(report)).read_text("utf-8")
    assert "Do near tracks share the genre?" not in _Page(text).headings
    assert "No neighbour genre precision@5" in text


def test_numbers_read_well():
    assert [number(v) for v in (None, 0.12345, 120.456, -0.1)] == ["–", "0.123", "120.5", "-0.100"]
