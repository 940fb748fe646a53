"""The table of kinds: every kind of task is in it, names what exists, and reaches no code of another kind."""

from pathlib import Path
from pkgutil import resolve_name
from typing import get_args

import pytest

from music_platform.declarations import TaskKind
from music_platform.evaluation import report
from music_platform.evaluation.kinds import KINDS
from music_platform.storage.code import DECLARATIONS, Codebase

ROOT = Path(report.__file__).resolve().parents[2]


def test_every_kind_of_task_names_functions_and_a_template_that_exist():
    assert set(KINDS) == set(get_args(TaskKind))
    for kind in KINDS.values():
        assert all(callable(resolve_name(name)) for name in (kind.evaluate, kind.draw, kind.losses))
        assert {"base.html", "sections.html", "style.css"} < set(report.template_sources(kind.template))


def test_a_template_counts_with_those_that_it_uses_and_with_no_other():
    names = {kind: set(report.template_sources(KINDS[kind].template)) for kind in ("tagging", "clustering")}
    assert names["tagging"] ^ names["clustering"] == {"tagging.html", "clustering.html"}


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        ("single-label", {"tagging", "clustering", "cluster_plots", "recommendations", "refits", "neighbours"}),
        ("tagging", {"classification", "clustering", "cluster_plots", "scores"}),
        ("clustering", {"classification", "tagging", "plots", "scores"}),
    ],
)
def test_the_report_of_a_kind_is_made_by_no_code_of_another_kind(kind, others):
    code = Codebase(ROOT, ("music_platform",), DECLARATIONS)
    functions = KINDS[kind].evaluate, KINDS[kind].draw, KINDS[kind].losses
    reached = {
        definition.module.removeprefix("music_platform.evaluation.")
        for root in ("music_platform.evaluation.assess:_written", *functions)
        for definition in code.reached(root)
    }
    assert {"report", "findings", "drawing"} < reached
    assert not reached & others
