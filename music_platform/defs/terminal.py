"""The terminal of a run from the command line: a line per asset that ended, and a progress bar."""

import logging
import time
from typing import Any

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


class TerminalHandler(logging.Handler):
    """Turns Dagster's event log into lines on standard error."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
        )
        self._bar = self._progress.add_task("starting", total=steps)
        self._started: dict[str, float] = {}
        self._texts: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Show one record of the event log."""
        meta: dict[str, Any] = getattr(record, "dagster_meta", None) or {}
        event = meta.get("dagster_event")
        step = (meta.get("step_key") or "").replace("__", "/", 1)
        if event is None:
            self._message(record, step, meta.get("orig_message", ""))
            return
        kind = event.event_type_value
        if kind == "PIPELINE_START":
            self._progress.start()
        elif kind in ("PIPELINE_SUCCESS", "PIPELINE_FAILURE", "PIPELINE_CANCELED"):
            self._progress.stop()
        elif kind == "STEP_START":
            self._started[step] = time.monotonic()
            self._progress.update(self._bar, description=step)
        elif kind == "ASSET_MATERIALIZATION":
            self._texts[step] = _summary(event.step_materialization_data.materialization.metadata)
        elif kind == "ASSET_CHECK_EVALUATION":
            self._texts.setdefault(step, _checked(event.event_specific_data))
        elif kind == "STEP_SUCCESS":
            self._line("[green]✓[/]", step, self._texts.get(step, ""))
            self._progress.advance(self._bar)
        elif kind == "STEP_FAILURE":
            error = event.step_failure_data.error
            self._line("[red]✗[/]", step, _last_line(error))
            self._progress.advance(self._bar)
        elif kind == "STEP_RESTARTED":
            self._line("[yellow]↻[/]", step, "failed; it is tried again")
        elif kind == "STEP_SKIPPED":
            self._skipped(step)

    def _skipped(self, step: str) -> None:
        self._line("[dim]-[/]", step, "skipped, because an asset that it is made from failed")
        self._progress.advance(self._bar)

    def _message(self, record: logging.LogRecord, step: str, text: str) -> None:
        if record.levelno >= logging.ERROR and step and step not in self._started:  # Dagster gives the step up
            self._skipped(step)
        elif record.levelno >= logging.WARNING:
            self._console.print(f"[yellow]![/] {escape(text)}", soft_wrap=True)
        elif text:
            self._progress.update(self._bar, description=f"{step}: {text}"[:100])

    def _line(self, mark: str, step: str, text: str) -> None:
        seconds = time.monotonic() - self._started.get(step, time.monotonic())
        self._console.print(f"{mark} {step:<31} {seconds:6.1f} s  [dim]{escape(text)}[/]", soft_wrap=True)


def _summary(metadata: dict[str, Any]) -> str:
    values = {key: value.value for key, value in metadata.items() if hasattr(value, "value")}
    texts = []
    if "dagster/row_count" in values:
        texts.append(f"{values['dagster/row_count']:,} rows")
    texts += [f"{values[name]:,} {name}" for name in ("quarantined", "duplicates") if values.get(name)]
    if "figure" in values:
        texts.append(str(values["figure"]))
    texts += [f"{name.replace('_', ' ')}: {values[name]}" for name in ("not_trained", "not_tuned") if name in values]
    if values.get("changed") is False:
        texts.append("unchanged")
    return ", ".join(texts)


def _checked(evaluation: dg.AssetCheckEvaluation) -> str:
    if missing := evaluation.metadata.get("not_measured"):
        return f"not measured: {missing.value}"
    return "passed" if evaluation.passed else "failed"


def _last_line(error: Any) -> str:
    while error.cause:
        error = error.cause
    line = (error.message.strip().splitlines() or [error.cls_name])[0]
    return line.removeprefix("dagster._core.definitions.events.Failure: ")


@dg.logger(config_schema={"steps": dg.Field(int, default_value=1)})
def terminal(context: dg.InitLoggerContext) -> logging.Logger:
    """The logger of runs that are started from the command line."""
    logger = logging.Logger("music_platform")
    logger.addHandler(TerminalHandler(context.logger_config["steps"]))
    return logger
