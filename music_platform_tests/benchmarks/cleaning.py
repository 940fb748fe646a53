"""The time that cleaning a song and detecting its language take, beside a yardstick of the same run.

    python -m music_platform_tests.benchmarks.cleaning --data DIR [--passes 5]

DIR holds `lyrics*.parquet`. The yardstick is what any text rule costs at least: one NFKC normalisation, and one pass
of lower case and splitting into words. Times are of this machine and of what else it does; compare the ratios. Every
figure is the median of the passes. Half a minute.
"""

import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated

import pyarrow.parquet as pq
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from music_platform.features.cleaning import clean_lyrics, not_lyrics
from music_platform.features.text import detect_language

GOAL = 0.6
"""Milliseconds for cleaning a song and detecting its language."""


def yardstick(text: str) -> None:
    """The least that a text rule does."""
    unicodedata.normalize("NFKC", text)
    text.lower().split()


def cost(rule: Callable[[str], object], texts: list[str]) -> float:
    """Milliseconds of processor time for one text."""
    start = time.process_time()
    for text in texts:
        rule(text)
    return (time.process_time() - start) / len(texts) * 1000


def main(
    data: Annotated[Path, typer.Option(help="folder with lyrics*.parquet")],
    passes: Annotated[int, typer.Option(help="how often each rule runs over all songs", min=1)] = 5,
) -> None:
    """Measure the rules in turns and print a table."""
    files = sorted(data.glob("lyrics*.parquet"))
    texts = [text for file in files for text in pq.read_table(file, columns=["lyrics"])["lyrics"].to_pylist() if text]
    if not texts:
        raise typer.BadParameter(f"{data}: holds no lyrics*.parquet with songs", param_hint="--data")
    cleaned = [clean_lyrics(text) for text in texts]
    rules: dict[str, tuple[Callable[[str], object], list[str]]] = {
        "yardstick": (yardstick, texts),
        "clean_lyrics": (clean_lyrics, texts),
        "detect_language": (detect_language, cleaned),
        "not_lyrics": (lambda text: not_lyrics("", text), texts),
    }
    turns = [{name: cost(*rule) for name, rule in rules.items()} for _ in range(passes)]
    for turn in turns:
        turn["cleaning and language"] = turn["clean_lyrics"] + turn["detect_language"]
    shown = Table("rule", "ms per song", "to the yardstick", box=box.MARKDOWN)
    for name in turns[0]:
        ratio = median(turn[name] / turn["yardstick"] for turn in turns)
        shown.add_row(name, f"{median(turn[name] for turn in turns):.3f}", f"{ratio:.1f}")
    console = Console(width=100)
    console.print(f"{len(texts):,} songs, {passes} passes; at most {GOAL} ms are wanted for cleaning and language")
    console.print(shown)


if __name__ == "__main__":
    typer.run(main)
