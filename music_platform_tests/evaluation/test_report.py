"""Pictures, and the written report."""

import copy
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from music_platform.evaluation import drawing
from music_platform.evaluation.findings import summary_rows
from music_platform.evaluation.report import draw, write_overview, write_report
from music_platform_tests.support.evaluation_samples import (
    CONTRACT,
    classified,
    clustered,
    grouped_tracks,
    predictions,
)


@pytest.fixture(scope="module")
def pictures(reports):
    return {task: draw(report) for task, report in reports.items()}


class _Page(HTMLParser):
    """The parts of a page that tests ask about."""

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
        "Where is the champion weakest?",
        "How good are the candidates?",
        "How was each candidate trained?",
        "Does the service answer as the trained network does?",
        "How good is each label?",
        "Which labels are left out?",
        "Which labels are confused?",
        "From which score on should a label be answered?",
        "Can the scores be read as probabilities?",
        "Do the figures differ by language and by fold?",
    },
    "clusters": {
        "Where is the champion weakest?",
        "What is in each cluster?",
        "Do near tracks share the genre?",
        "How good are the recommendations?",
        "How stable are the clusters, and how many should there be?",
        "Does every feature matter, and does scaling?",
    },
}
PICTURES = {
    "genre_pt": {"scores", "classes", "confusion", "thresholds", "calibration", "slices", "training_encoder"},
    "genre": {"scores", "classes", "together", "thresholds", "calibration", "slices"},
    "clusters": {"sizes", "profiles", "map", "silhouettes", "ablation", "neighbours", "genres"},
}


@pytest.mark.parametrize("task", PICTURES)
def test_every_picture_is_a_png_with_something_on_it(pictures, task):
    assert set(pictures[task]) == PICTURES[task]
    for name, png in pictures[task].items():
        assert png.startswith(b"\x89PNG\r\n"), name
        assert len(png) > 10_000, name


def test_pictures_are_drawn_from_the_json_alone_repeat_and_leave_no_style_behind(reports, pictures):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    again = draw(json.loads(json.dumps(reports["genre_pt"])))
    assert again == pictures["genre_pt"]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("task", PICTURES)
def test_a_report_is_a_folder_that_needs_no_network(tmp_path, reports, pictures, task):
    page = write_report(tmp_path / task, reports[task], pictures[task], {"artifact": "abc123"})
    text = page.read_text("utf-8")
    assert not re.search(r"https?://|@import|url\(|<script|<link", text)
    assert "abc123" in text
    parsed = _Page(text)
    assert SECTIONS.get(task, set()) <= set(parsed.headings)
    sources, alternatives = parsed.values("img", "src"), parsed.values("img", "alt")
    assert len(sources) == len(PICTURES[task])
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(alternatives)
    tables = [tag for tag, _ in parsed.tags if tag in ("table", "caption")]
    assert tables == ["table", "caption"] * (len(tables) // 2)
    assert json.loads((tmp_path / task / "metrics.json").read_text()) == reports[task]
    assert {p.stem for p in (tmp_path / task).glob("*.png")} == PICTURES[task]


def page_of(tmp_path, report):
    return write_report(tmp_path / report["task"], report, {}).read_text("utf-8")


def test_the_training_of_a_candidate_is_shown_epoch_by_epoch(tmp_path, reports):
    pages = {task: page_of(tmp_path, report) for task, report in reports.items()}
    assert "How was each candidate trained?" not in _Page(pages["genre"]).headings
    page = pages["genre_pt"]
    ended = "The training stopped after 1,204 of 3,000 steps (40 % of the plan), because later epochs were no better."
    assert f'<tr><th scope="row">encoder</th><td class="text">{ended}</td><td>2</td><td>1</td>' in page
    assert "<td>1.5</td><td>400</td><td>25.00 %</td><td>2 MB</td>" in page
    kept, other = (f'<tr{mark}><th scope="row">{n}</th>' for n, mark in ((1, ' class="best"'), (2, "")))
    assert page.index(kept) < page.index("<td>1.234</td>") < page.index(other) < page.index("<td>2.468</td>")


def test_speed_and_precision_of_an_export_are_shown_with_their_reason(tmp_path, reports):
    page = page_of(tmp_path, reports["genre_pt"])
    row = "<td>bf16</td><td>0.25 %</td><td>-0.0012</td><td>12.3</td><td>6.5</td><td>1.9</td><td>400</td>"
    assert f'<tr><th scope="row">encoder</th>{row}</tr>' in page
    assert "<li>encoder: The service computes in bf16, because its answers stay within the limits" in page
    fallback = "In bf16 0.90% of the labels differ; so it is served in f32."
    precise = CONTRACT | {"precision": "f32", "fallback": fallback}
    report = copy.deepcopy(reports["genre_pt"])
    report["candidates"]["encoder"]["contract"] = precise
    assert f"<li>encoder: {fallback}</li>" in page_of(tmp_path, report)
    report["candidates"]["encoder"]["contract"] = precise | {"broken": ["9 % of the labels flip."]}
    assert "The service does not run it" in page_of(tmp_path, report)


def test_the_reason_why_a_candidate_is_not_served_stands_in_the_report(tmp_path, reports):
    assert "Which candidates can't be champion?" not in _Page(page_of(tmp_path, reports["genre_pt"])).headings
    report = {**reports["genre_pt"], "unserved": {"encoder": "The machine was too slow."}}
    page = page_of(tmp_path, report)
    assert "<li>encoder: The machine was too slow.</li>" in page
    assert "encoder (not served)" in page
    clusters = {**reports["clusters"], "unserved": {"other": "It is broken."}}
    assert "<li>other: It is broken.</li>" in page_of(tmp_path, clusters)


def test_own_wordings_are_explained_where_there_are_some(tmp_path, reports):
    assert "They are simulated" not in page_of(tmp_path, reports["genre_pt"])
    report = copy.deepcopy(reports["genre_pt"])
    report["candidates"]["linear"]["groups"][1]["simulated"] = True
    assert "They are simulated" in page_of(tmp_path, report)


def test_names_from_the_data_are_escaped(tmp_path, reports):
    report = {**reports["genre_pt"], "left_out": [{"label": "<b>invented", "units": 3}]}
    page = page_of(tmp_path, report)
    assert "&lt;b&gt;invented" in page
    assert "<b>invented" not in page


def test_a_report_replaces_the_old_one_as_a_whole(tmp_path, reports, pictures):
    folder = tmp_path / "genre"
    write_report(folder, reports["clusters"], pictures["clusters"])
    write_report(folder, reports["genre"], pictures["genre"])
    assert {p.stem for p in folder.glob("*.png")} == PICTURES["genre"]
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


@pytest.fixture
def unrendered(monkeypatch):
    """Plots are made, and not rendered to PNG, which takes most of the time."""
    monkeypatch.setattr(drawing, "png", lambda plot: b"")


@pytest.mark.usefixtures("unrendered")
def test_a_perfect_model_and_a_single_group_still_give_a_report(tmp_path):
    p = predictions(rows=40)
    perfect = replace(p, selected=p.truth, scores=p.truth.astype("float32"), groups=p.groups[[0] * 40])
    report = classified("topic", {"linear": perfect})
    page = write_report(tmp_path / "topic", report, draw(report))
    assert (report["main"], report["grouped_by"], report["unit"]) == ("accuracy", "source", "article")
    assert report["candidates"]["linear"]["figures"]["accuracy"]["value"] == 1
    assert page.exists()


@pytest.mark.usefixtures("unrendered")
def test_clusters_without_genres_give_a_report(tmp_path):
    features, artists, _ = grouped_tracks(60)
    report = clustered((features, artists), ks=(2,))
    text = write_report(tmp_path / "clusters", report, draw(report)).read_text("utf-8")
    assert "Do near tracks share the genre?" not in _Page(text).headings
    assert "can&#39;t be computed: no row has a truth" in text
