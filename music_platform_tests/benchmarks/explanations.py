"""The deletion test: does an answer fall when the lines are removed that an explanation names?

    python -m music_platform_tests.benchmarks.explanations --home my/home [--candidate encoder] [--songs 200]

Of held-out songs (of the fold that encoders never see; the linear model is fitted anew without it) the three lines with
the largest effect on the best label are removed, and instead, several times, three random ones. The figure is how much
more the label's score (0-1) falls, song by song; intervals (95 %) resample artists.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.evaluation.intervals import interval, resampled_sums, sum_by_unit, unit_index
from music_platform.features.splits import HELD_OUT, fold_of
from music_platform.models.crossfit import train
from music_platform.models.rows import Rows, rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.models.scorers.predictor import Predictor
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS
from music_platform_tests.support.manifests import manifest

REMOVED = 3
LEAST = 8
"""Different lines that a song needs, so that three random ones are seldom the three best."""


@dataclass(frozen=True, eq=False)
class Deletions:
    """By how much the score of the best label falls, of n songs: (n,) each."""

    top: np.ndarray
    random: np.ndarray
    """The mean over several draws."""


def deletions(predictor: Predictor, songs: list[str], draws: int, seed: int) -> Deletions:
    """Explain each of `songs`, cleaned, and score it without its top lines and without random ones."""
    draw = np.random.default_rng(seed)
    top, random = np.zeros(len(songs)), np.zeros(len(songs))
    for i, song in enumerate(songs):
        lines, effects = song.split("\n"), predictor.effects(song)
        decision = predictor.decide([song])
        label = int(np.where(decision.offered, decision.scores, -1)[0].argmax())
        best = np.array(effects.lines)[np.argsort(-effects.values[:, label], kind="stable")[:REMOVED]]
        others = [draw.choice(effects.lines, REMOVED, replace=False) for _ in range(draws)]
        without = ["\n".join(line for n, line in enumerate(lines) if n not in gone) for gone in (best, *others)]
        fallen = decision.scores[0, label] - predictor.decide(without).scores[:, label]
        top[i], random[i] = fallen[0], fallen[1:].mean()
    return Deletions(top, random)


def fitted(task: str, learned: Rows, seen: np.ndarray) -> Predictor:
    """The linear candidate of the rows `seen` alone."""
    hyperparameters = LinearHyperparameters(**TASKS[task].candidates["linear"].hyperparameters)
    trained = train(TASKS[task], learned.at(seen), hyperparameters, typer.echo)
    answered = {"labels": list(learned.labels), "languages": learned.languages}
    return Predictor(manifest(task, **answered, thresholds=trained.thresholds.tolist()), trained.model)


def main(
    home: Annotated[Path, typer.Option(help="a home after a run")] = Path(".music_platform"),
    candidate: Annotated[str, typer.Option(help="linear, or another that was trained")] = "linear",
    task: Annotated[str, typer.Option(help="a task that answers the labels of a song")] = "genre",
    songs: Annotated[int, typer.Option(help="held-out songs", min=2)] = 200,
    draws: Annotated[int, typer.Option(help="times that random lines are removed", min=1)] = 10,
) -> None:
    """Explain, remove, measure and print."""
    place = Home.at(home)
    with duckdb.connect(str(place.published), read_only=True) as warehouse:
        table: pa.Table = warehouse.sql("SELECT * FROM features.songs").to_arrow_table()
    learned = rows(TASKS[task], table)
    held = fold_of(learned.units) == HELD_OUT
    if candidate == "linear":
        predictor = fitted(task, learned, np.flatnonzero(~held))
    else:
        made = Registry(place.artifacts).current(task, candidate)
        if made is None:
            raise typer.BadParameter(f"{task}/{candidate} was not trained in {place.root}")
        predictor = Predictor.load(made.path)
    enough = np.array([len({*text.split("\n")} - {""}) >= LEAST for text in learned.texts])
    chosen = np.random.default_rng(1).permutation(np.flatnonzero(held & enough))[:songs]
    drops = deletions(predictor, learned.texts[chosen].tolist(), draws, seed=2)
    index, units = unit_index(learned.units[chosen])
    shown = Table("model", "songs", "lines removed", "score falls by", "95 % interval", box=box.MARKDOWN)
    for what, fall in (
        ("top 3", drops.top),
        ("3 random", drops.random),
        ("difference, paired", drops.top - drops.random),
    ):
        sums = resampled_sums(sum_by_unit(np.stack([fall, np.ones_like(fall)], axis=1), index, units))
        figure = interval(fall.mean(), sums[:, 0] / sums[:, 1])
        bounds = f"{figure['low']:.3f} to {figure['high']:.3f}"
        shown.add_row(f"{task}/{candidate}", str(len(chosen)), what, f"{figure['value']:.3f}", bounds)
    shown.caption = f"the top lines matter more in {np.mean(drops.top > drops.random):.0%} of the songs"
    Console(width=120).print(shown)


if __name__ == "__main__":
    typer.run(main)
