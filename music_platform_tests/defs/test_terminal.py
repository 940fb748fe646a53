"""The terminal of a run: a line per asset that was made, failed or was skipped."""

import dagster as dg
import pytest

from music_platform.defs.terminal import terminal


@dg.asset
def first() -> dg.MaterializeResult:
    """Show a figure."""
    return dg.MaterializeResult(metadata={"dagster/row_count": 1234, "quarantined": 3, "figure": "k = 4"})


@dg.asset(deps=[first])
def second(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Change nothing."""
    context.log.warning("something is odd [here]")
    return dg.MaterializeResult(metadata={"dagster/row_count": 1, "changed": False})


@dg.asset(deps=[first], retry_policy=dg.RetryPolicy(max_retries=1))
def broken() -> None:
    """Fail."""
    raise dg.Failure("no [data]")


@dg.asset(deps=[broken])
def after() -> None:
    """Never run."""


@dg.asset(deps=[after])
def last() -> None:
    """Never run."""


@pytest.fixture
def lines(capsys):
    """What a run prints: the mark, the asset and the text of each line."""
    job = dg.define_asset_job("all", "*")
    location = dg.Definitions(
        assets=[first, second, broken, after, last],
        jobs=[job],
        loggers={"terminal": terminal},
        executor=dg.in_process_executor,
    )
    location.resolve_job_def("all").execute_in_process(
        raise_on_error=False, run_config={"loggers": {"terminal": {"config": {"steps": 5}}}}
    )
    return [line.split(maxsplit=1) for line in capsys.readouterr().err.splitlines() if line.strip()]


def text_of(lines: list[list[str]], mark: str, asset: str) -> str:
    (text,) = [rest for found, rest in lines if found == mark and rest.startswith(asset)]
    return text


def test_every_asset_has_its_line(lines):
    assert text_of(lines, "✓", "first").endswith("1,234 rows, 3 quarantined, k = 4")
    assert text_of(lines, "✓", "second").endswith("1 rows, unchanged")
    assert text_of(lines, "↻", "broken").endswith("failed; it is tried again")
    assert text_of(lines, "✗", "broken").endswith("no [data]")
    for name in ("after", "last"):
        assert text_of(lines, "-", name).endswith("skipped, because an asset that it is made from failed")
    assert ["!", "something is odd [here]"] in lines
