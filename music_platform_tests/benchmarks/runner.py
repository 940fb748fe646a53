"""The scorer of encoders on a CPU against FastAPI with torch eager: the same model, the same machine, one run.

    python -m music_platform_tests.benchmarks.runner

MiniLM gets a random head and is exported as trained encoders are. Each contestant then answers `POST /` from a FastAPI
app in a process of its own: only how scores are computed differs. They are measured in turns, and the best turn of each
counts. Times are of this machine and of what else it does; read the ratios to the first row. Two minutes.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table

from music_platform.storage.files import write_json
from music_platform_tests.support.manifests import manifest

if TYPE_CHECKING:
    from music_platform.models.encoders.base_model import BaseModel
    from music_platform.models.encoders.network import Encoder

LABELS = [f"label {i}" for i in range(6)]
TOKENS = 128
WORDS = ("river", "boat", "window", "lamp", "stone", "cloud", "paper", "bread", "corner", "shore", "road", "light")
CONCURRENT = 16
REQUESTS = 96
TURNS = 5
CONTESTANTS = {
    "torch eager": ("torch", ""),
    "scorer": ("scorer", ""),
    "scorer in f32": ("scorer", "f32"),
}
GOALS = {"ms": "<= 0.33", "HTTP ms": "<= 0.45", "texts/s": ">= 3", "MB": "<= 0.65", "CPU ms": "<= 0.33"}
"""Latency in process and over HTTP, throughput with `CONCURRENT` clients, memory, and the processor time of a text in
that throughput, which tells most where the machine has other work: ratios that the scorer should reach."""
Scores = Callable[[Sequence[str]], np.ndarray]
app = typer.Typer()


def texts(count: int) -> list[str]:
    """Different texts of `TOKENS` tokens each: every word is one token, two are special."""
    draw = np.random.default_rng(5)
    return [" ".join(draw.choice(WORDS, TOKENS - 2)) for _ in range(count)]


def untrained() -> "tuple[Encoder, BaseModel]":
    """MiniLM with a head drawn at random: the same one in every process."""
    import torch

    from music_platform.models.encoders import base_model
    from music_platform.models.encoders.network import Encoder

    base = base_model.load()
    torch.manual_seed(1)
    return Encoder(base.network, len(LABELS)).eval(), base


def torch_scores() -> Scores:
    """The scores of the usual service: torch in eager mode, in float32."""
    from scipy.special import softmax

    from music_platform.models.encoders.network import predict
    from music_platform.models.scorers.windows import windowed, windows

    network, base = untrained()
    cutter = windowed(base.tokenizer, TOKENS, 0)
    return lambda asked: softmax(predict(network, windows(cutter, asked, 1), base.pad, exact=True), axis=1)


def latency(call: Callable[[str], object]) -> float:
    """Milliseconds of one call, the median of many."""
    spent = []
    for text in texts(30):
        started = time.perf_counter()
        call(text)
        spent.append(time.perf_counter() - started)
    return float(np.median(spent)) * 1000


@app.command()
def serve(folder: Path, port: int, kind: str, precision: str) -> None:
    """Answer as one contestant; `/inside` measures in process, and `/spent` answers the processor seconds so far."""
    import uvicorn
    from fastapi import Body, FastAPI

    if kind == "torch":
        scores, computes = torch_scores(), "f32"
    else:
        from music_platform.models.scorers.encoder import EncoderScorer

        scorer = EncoderScorer.load(folder, precision or None)  # type: ignore[arg-type]
        scores, computes = scorer.scores, scorer.precision
    service = FastAPI()

    @service.post("/")
    def answer(text: str = Body(embed=True)) -> list[float]:
        return scores([text])[0].tolist()

    @service.get("/inside")
    def inside() -> dict[str, Any]:
        memory = psutil.Process().memory_info().rss / 2**20
        return {"ms": latency(lambda text: scores([text])), "MB": memory, "computes": computes}

    @service.get("/spent")
    def spent() -> float:
        return time.process_time()

    uvicorn.run(service, port=port, log_level="warning")


@contextmanager
def contestant(folder: Path, port: int, choice: tuple[str, str]) -> Iterator[None]:
    """Serve a contestant until it is left; ready when entered."""
    command = [sys.executable, "-m", __spec__.name, "serve", str(folder), str(port), *choice]
    process = subprocess.Popen(command, env=os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"})
    try:
        for _ in range(300):
            try:
                post(http.client.HTTPConnection("127.0.0.1", port), "warm")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def post(connection: http.client.HTTPConnection, text: str) -> Any:
    """The answer of `POST /` to a text."""
    connection.request("POST", "/", json.dumps({"text": text}), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def get(port: int, path: str) -> Any:
    """The answer of `GET` on a path."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    return json.loads(connection.getresponse().read())


def measure(port: int) -> tuple[dict[str, float], str, np.ndarray]:
    """Figures of a contestant in one turn, what it computes in, and its scores of some texts."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    http_ms = latency(lambda text: post(connection, text))
    inside = get(port, "/inside")

    def client(own: list[str]) -> list[Any]:
        mine = http.client.HTTPConnection("127.0.0.1", port)
        return [post(mine, text) for text in own]

    asked = texts(REQUESTS)
    spent, started = get(port, "/spent"), time.perf_counter()
    with ThreadPoolExecutor(CONCURRENT) as threads:
        answers = list(threads.map(client, [asked[i::CONCURRENT] for i in range(CONCURRENT)]))
    rate = REQUESTS / (time.perf_counter() - started)
    cpu_ms = (get(port, "/spent") - spent) * 1000 / REQUESTS
    figures = (inside["ms"], http_ms, rate, inside["MB"], cpu_ms)
    return dict(zip(GOALS, figures, strict=True)), inside["computes"], np.array(answers[0])


@app.command()
def main(port: int = 8977) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as serving:
        subprocess.run([sys.executable, "-m", __spec__.name, "write", folder], check=True, capture_output=True)
        for i, choice in enumerate(CONTESTANTS.values()):
            serving.enter_context(contestant(Path(folder), port + i, choice))
        turns = [[measure(port + i) for i in range(len(CONTESTANTS))] for _ in range(TURNS)]
    best = [
        {what: (min if what.endswith("ms") else max)(figures[what] for figures, *_ in own) for what in GOALS}
        for own in zip(*turns, strict=True)
    ]
    header = ["service", "in", *GOALS, "score apart"]
    rows = []
    for name, figures, (_, computes, scores) in zip(CONTESTANTS, best, turns[0], strict=True):
        cells = [f"{value:,.1f} ({value / best[0][what]:.2f}x)" for what, value in figures.items()]
        rows.append([name, computes, *cells, f"{np.abs(scores - turns[0][0][2]).max():.4f}"])
    rows.append(["wanted", "bf16", *GOALS.values(), ""])
    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    print("\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)))


@app.command()
def write(folder: Path) -> None:
    """Only export the model into a folder."""
    from music_platform.models.encoders.export import export, reading
    from music_platform.models.encoders.finetune import Finetuned
    from music_platform.models.encoders.start import EncoderHyperparameters
    from music_platform.models.scorers.windows import windowed

    os.environ["HF_HUB_OFFLINE"] = "1"
    network, base = untrained()
    model = Finetuned(
        model=network,
        tokenizer=windowed(base.tokenizer, TOKENS, 0),
        hyperparameters=EncoderHyperparameters(length=TOKENS),
        history=(),
        best=0,
        stopped="epochs",
        base={},
        pad=base.pad,
        longest=base.longest,
        seconds=0.0,
        cost={},
        progress={},
    )
    export(model, folder)
    ones = np.ones(len(LABELS))
    reads = reading(model, ones, 0 * ones, single=True).model_dump()
    write_json(folder / "manifest.json", manifest("topic", "encoder", labels=LABELS, encoder=reads).content())


if __name__ == "__main__":
    app(sys.argv[1:] or ["main"])
