"""The accuracy of topics when few articles are learned from: the linear model and a fine-tuned encoder.

    python -m music_platform_tests.benchmarks.topics --home my/home [--articles 1000] [--seed 1 --seed 2]

Reads `features.articles` of a home. A seed draws the articles to learn from, as many of each topic; all other rows are
the test. The encoder gets six epochs, since few rows are few steps, and keeps one in twenty to choose the epoch by: no
test row is seen. Intervals (95 %) resample articles. The goal is that of a thousand articles of AG News.
"""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.models.rows import Rows, rows
from music_platform.storage.home import Home
from music_platform.tasks import TASKS
from music_platform_tests.benchmarks.intents import accuracy, counted

TASK = TASKS["topic"]
FEW = {"epochs": 6, "validation": 0.1, "patience": 9}
"""Hyperparameters for few articles, in place of the declared ones."""
GOAL = 0.885


def drawn(learned: Rows, articles: int, seed: int) -> np.ndarray:
    """Positions of the articles to learn from, as many of each topic."""
    draw, labels = np.random.default_rng(seed), learned.truth.argmax(axis=1)
    each = articles // learned.truth.shape[1]
    return np.sort(np.concatenate([draw.permutation(np.flatnonzero(labels == k))[:each] for k in np.unique(labels)]))


def tuned(learned: Rows, seen: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Answers of the fine-tuned encoder."""
    from music_platform.models.encoders.finetune import finetune, scores
    from music_platform.models.encoders.start import EncoderHyperparameters

    chosen = EncoderHyperparameters(**{**TASK.candidates["encoder"].hyperparameters, **FEW})
    with tempfile.TemporaryDirectory() as folder:
        done = finetune(TASK, learned, seen, chosen, checkpoint=Path(folder) / "state", progress=typer.echo)
    return scores(done, learned.texts[held].tolist()).argmax(axis=1)


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    articles: Annotated[int, typer.Option(help="articles to learn from", min=40)] = 1_000,
    seed: Annotated[list[int], typer.Option(help="which articles; repeat for more")] = [1],  # noqa: B006
) -> None:
    """Train, measure and print."""
    with duckdb.connect(str(Home.at(home).published), read_only=True) as warehouse:
        table: pa.Table = warehouse.sql("SELECT * FROM features.articles").to_arrow_table()
    learned = rows(TASK, table)
    truth = learned.truth.argmax(axis=1)
    shown = Table("seed", "learned from", "tested on", "linear", "encoder", "minutes", "wanted", box=box.MARKDOWN)
    for number in seed:
        seen = drawn(learned, articles, number)
        held = np.setdiff1d(np.arange(len(truth)), seen)
        plain = accuracy(counted(TASK, learned, seen, held) == truth[held], learned.units[held])
        began = time.monotonic()
        fine = accuracy(tuned(learned, seen, held) == truth[held], learned.units[held])
        spent = (time.monotonic() - began) / 60
        goal = f">= {GOAL}" if articles == 1_000 else ""
        shown.add_row(f"{number}", f"{len(seen):,}", f"{len(held):,}", plain, fine, f"{spent:.1f}", goal)
    Console(width=140).print(shown)


if __name__ == "__main__":
    typer.run(main)
