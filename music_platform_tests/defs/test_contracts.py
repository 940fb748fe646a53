"""The check of an export's contract: a broken one stops a run only where no other candidate answers."""

import dagster as dg
import pytest

from music_platform.definitions import defs
from music_platform.defs.keys import model_key
from music_platform.defs.resources import HomeResource
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import CANDIDATES, TASKS
from music_platform_tests.support.manifests import facts

FLIPS = "1.00% of the labels differ from torch's; at most 0.50% may"


def test_every_exported_candidate_has_a_check():
    checked = {check.check_key for check in defs.asset_checks if check.check_key.name == "contract"}
    exported = [(t.name, name) for t in TASKS.values() for name in t.candidates if CANDIDATES[name].is_exported]
    assert checked == {dg.AssetCheckKey(model_key(*pair), "contract") for pair in exported}
    assert exported


@pytest.mark.parametrize(
    ("broken", "others", "passed", "goes_on"),
    [
        ([], ["linear"], True, True),
        ([FLIPS], ["linear"], False, True),
        ([FLIPS], ["cascade"], False, False),
        ([FLIPS], [], False, False),
        (None, [], True, True),
    ],
)
def test_a_broken_contract_stops_a_run_only_where_nothing_else_answers(tmp_path, broken, others, passed, goes_on):
    home = Home.at(tmp_path / "home")
    home.prepare()
    registry = Registry(home.artifacts)
    for candidate in ("encoder", *others):
        measured = {} if broken is None else {"contract": {"flips": 0.01, "speed": 0.5, "broken": broken}}
        registry.set_current(registry.save("topic", candidate, lambda folder: None, facts(**measured)))
    key = model_key("topic", "encoder")
    (check,) = (c for c in defs.asset_checks if c.check_key == dg.AssetCheckKey(key, "contract"))

    @dg.asset(key=key)
    def encoder():
        pass

    @dg.asset(deps=[encoder])
    def report():
        pass

    resources = {"home": HomeResource(root=str(home.root))}
    made = dg.materialize([encoder, report, check], resources=resources, raise_on_error=False)
    (evaluation,) = made.get_asset_check_evaluations()
    assert (evaluation.passed, made.success) == (passed, goes_on)
    assert ("report" in {e.asset_key.path[-1] for e in made.get_asset_materialization_events()}) == goes_on
