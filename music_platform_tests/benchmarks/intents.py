"""The accuracy of intents in wordings, and in whole sources, that no candidate learned from.

    python -m music_platform_tests.benchmarks.intents --home my/home

Reads `features.utterances` of a home, and trains each candidate with its declared hyperparameters, as a run does, but
without a limit of time: once without fold 0 (the first rows of the table: the reference assistant's wordings, and each
language), and once without each source. Intervals (95 %) resample templates. A row is in conflict when other sources
label the same wording differently, and none as it does: small words and their order aside, no model can be right about
both.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.declarations import Task
from music_platform.evaluation.intervals import interval, resampled_sums, sum_by_unit, unit_index
from music_platform.features.splits import fold_of
from music_platform.models.rows import Rows, rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.storage.home import Home
from music_platform.tasks import TASKS

TASK = TASKS["intent"]
REFERENCE = "tfg"
GOALS = {f"{REFERENCE}*, fold 0": 0.99, "es, fold 0": 0.95, "pt, fold 0": 0.95, "tfg": 0.92, "filigott": 0.80}
"""Row of the table, or a part of its name -> the accuracy that the best candidate should reach."""
_SMALL = "a an the this that these some any my our me i you please can could would will want like d to in into on by of"
SMALL = frozenset(_SMALL.split())
"""Words that don't make two wordings different."""
SHOWN = 12
Fit = Callable[[Rows, np.ndarray, np.ndarray], np.ndarray]
"""Rows, and positions of those to learn from and to answer -> the answers' labels, as positions."""


def counted(task: Task, learned: Rows, seen: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Answers of the linear candidate of a single-label task."""
    from music_platform.models.linear_fitting import count, fit

    hyperparameters = LinearHyperparameters(**task.candidates["linear"].hyperparameters)
    blocks = count(learned.texts.tolist(), hyperparameters)
    known = [block.rows(seen) for block in blocks]
    model = fit(known, learned.labels, learned.truth[seen], learned.known[seen], hyperparameters, single=True)
    return model.logits([block.rows(held) for block in blocks]).argmax(axis=1)


def tuned(name: str) -> Fit:
    """Answers of a fine-tuned candidate."""

    def answers(learned: Rows, seen: np.ndarray, held: np.ndarray) -> np.ndarray:
        from music_platform.models.encoders.finetune import finetune, scores
        from music_platform.models.encoders.start import EncoderHyperparameters

        chosen = EncoderHyperparameters(**TASK.candidates[name].hyperparameters)
        with tempfile.TemporaryDirectory() as folder:
            done = finetune(
                TASK, learned, seen, chosen, checkpoint=Path(folder) / "state", what=name, progress=typer.echo
            )
        return scores(done, learned.texts[held].tolist()).argmax(axis=1)

    return answers


def zero_shot(learned: Rows, seen: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Answers of the baseline that learns nothing."""
    from music_platform.models.encoders.zero_shot import similarities

    return similarities("intent", learned.texts[held].tolist(), learned.labels).argmax(axis=1)


CANDIDATES: dict[str, Fit] = {
    "zero_shot": zero_shot,
    "linear": partial(counted, TASK),
    "encoder": tuned("encoder"),
    "lora": tuned("lora"),
}


def parts(learned: Rows, sources: np.ndarray) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The positions to learn from, and the slices of the rest: their name -> their positions."""
    folds = fold_of(learned.units)
    first = {f"{REFERENCE}*, fold 0": np.char.startswith(sources.astype(str), REFERENCE) & (folds == 0)}
    first |= {f"{code}, fold 0": (learned.groups == code) & (folds == 0) for code in np.unique(learned.groups)}
    yield np.flatnonzero(folds != 0), {name: np.flatnonzero(rows) for name, rows in first.items() if rows.any()}
    for source in np.unique(sources):
        yield np.flatnonzero(sources != source), {f"without {source}": np.flatnonzero(sources == source)}


def accuracy(right: np.ndarray, templates: np.ndarray) -> str:
    """The share of (n,) right answers with its interval."""
    columns = np.stack([right, np.ones_like(right)], axis=1).astype(float)
    drawn = resampled_sums(sum_by_unit(columns, *unit_index(templates)))
    found = interval(right.mean(), drawn[:, 0] / drawn[:, 1])
    span = "" if found["low"] is None else f" ({found['low']:.3f} to {found['high']:.3f})"
    return f"{found['value']:.3f}{span}"


def conflicts(learned: Rows, sources: np.ndarray, held: np.ndarray) -> dict[int, tuple[str, str]]:
    """Position of a held row -> a wording that other sources label differently, and their label."""
    labels = learned.truth.argmax(axis=1)
    said = [frozenset(re.sub(r"<\w+>", "_", template).split()) - SMALL for template in learned.units]
    elsewhere: dict[frozenset[str], dict[int, str]] = {}
    for i in np.flatnonzero(sources != sources[held[0]]):
        elsewhere.setdefault(said[i], {}).setdefault(int(labels[i]), learned.units[i])
    found = {int(i): elsewhere.get(said[i], {}) for i in held if said[i] - {"_"}}
    return {
        i: (wording, learned.labels[label])
        for i, others in found.items()
        if labels[i] not in others
        for label, wording in list(others.items())[:1]
    }


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    candidate: Annotated[list[str], typer.Option(help="a candidate to train; repeat for more")] = CANDIDATES,  # type: ignore[assignment]
    part: Annotated[str, typer.Option(help="only rows whose name has this in it")] = "",
) -> None:
    """Train, measure and print."""
    with duckdb.connect(str(Home.at(home).published), read_only=True) as warehouse:
        table: pa.Table = warehouse.sql("SELECT * FROM features.utterances").to_arrow_table()
    learned = rows(TASK, table)
    of_row = dict(zip(table[TASK.id].to_pylist(), table["source"].to_pylist(), strict=True))
    sources = np.array([of_row[i].split(":")[0] for i in learned.ids])
    shown, clashes = Table("test", "rows", *candidate, "wanted", "in conflict", box=box.MARKDOWN), {}
    for seen, slices in parts(learned, sources):
        wanted = {name: held for name, held in slices.items() if part in name}
        if not wanted:
            continue
        every = np.unique(np.concatenate(list(wanted.values())))
        answers = {}
        for name in candidate:
            began = time.monotonic()
            answers[name] = CANDIDATES[name](learned, seen, every)
            typer.echo(f"{next(iter(wanted))}: {name} took {time.monotonic() - began:.0f} s")
        for name, held in wanted.items():
            place, truth = np.searchsorted(every, held), learned.truth[held].argmax(axis=1)
            cells = [accuracy(answers[c][place] == truth, learned.units[held]) for c in candidate]
            goal = next((f">= {value}" for known, value in GOALS.items() if known in name), "")
            clash = conflicts(learned, sources, held) if name.startswith("without") else {}
            clashes |= clash
            shown.add_row(name, f"{len(held):,}", *cells, goal, f"{len(clash):,}" if clash else "")
    console = Console(width=160)
    console.print(shown)
    listed = Table("source", "wording", "label", "elsewhere", "label there", box=box.MARKDOWN)
    for source in np.unique(sources):
        own = [i for i in clashes if sources[i] == source]
        for i in own[:SHOWN]:
            label = learned.labels[learned.truth[i].argmax()]
            listed.add_row(source, learned.units[i], label, *clashes[i])
        if len(own) > SHOWN:
            listed.add_row(source, f"and {len(own) - SHOWN} more")
    console.print(listed)


if __name__ == "__main__":
    typer.run(main)
