"""The training loop on tiny encoders: same step in parts, same end after a kill, best epoch, budget."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from music_platform.models.callbacks import TrainerCallback
from music_platform.models.encoders import base_model
from music_platform.models.encoders.finetune import Finetuned, finetune, scores
from music_platform.models.encoders.network import Encoder
from music_platform.models.encoders.start import EncoderHyperparameters
from music_platform.models.encoders.trainer import Trainer, loss_sum
from music_platform.models.scorers.windows import windowed, windows
from music_platform.tasks import TASKS
from music_platform_tests.support import tiny_models, tiny_rows

SEEN = np.arange(48)


def hyperparameters(base: str, **changes) -> EncoderHyperparameters:
    few = {"base": base, "length": 16, "overlap": 4, "windows": 3, "epochs": 3, "batch": 8}
    return EncoderHyperparameters(**(few | changes))


def trained(base: str, path: Path, name: str = "topic", **changes) -> Finetuned:
    calls = {key: changes.pop(key) for key in ("budget", "progress", "callbacks", "every") if key in changes}
    task = TASKS[name]
    learned, chosen = tiny_rows.rows(single=task.single), hyperparameters(base, **changes)
    return finetune(task, learned, SEEN, chosen, checkpoint=path, **calls)


def weights(finetuned: Finetuned) -> np.ndarray:
    return np.concatenate([tensor.numpy().ravel() for tensor in finetuned.model.state_dict().values()])


def gradient(base: str, name: str, **changes) -> np.ndarray:
    task, asked, loaded = TASKS[name], hyperparameters(base, dropout=0.0, **changes), base_model.load(base)
    rows = tiny_rows.rows(single=task.single)
    for module in loaded.network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    torch.manual_seed(0)
    cut = windows(windowed(loaded.tokenizer, 16, 4), rows.texts, 3)
    trainer = Trainer(task, rows, SEEN, asked, Encoder(loaded.network, 2), cut, loaded.pad)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.cpu.get_capabilities", dict)
        loss = trainer.accumulate(np.arange(16))
    flat = [p.grad.numpy().ravel() for p in trainer.network.parameters() if p.grad is not None]
    return np.append(np.concatenate(flat), loss)


@pytest.mark.parametrize("name", ["topic", "genre"])
@pytest.mark.parametrize("parts", [2, 5, 16])
def test_an_accumulated_step_is_the_full_batch_step(base, name, parts):
    whole = gradient(base, name, balance=0.5)
    assert np.abs(whole).max() > 1e-3
    np.testing.assert_allclose(gradient(base, name, balance=0.5, accumulate=parts), whole, atol=1e-6)


class _Heard(TrainerCallback):
    """Notes the events that it receives."""

    def __init__(self):
        self.events, self.epochs = [], []

    def on_train_begin(self, args, state):
        assert isinstance(args, EncoderHyperparameters)
        self.events.append(f"begin at {state.step}")

    def on_epoch_end(self, args, state):
        self.epochs.append(state.history[-1])
        self.events.append(f"epoch {state.history[-1].number}")

    def on_train_end(self, args, state):
        self.events.append("end")


class _Waiting(TrainerCallback):
    """Says each epoch, and waits for a line after the second."""

    def on_epoch_end(self, args, state):
        print(len(state.history), flush=True)
        if len(state.history) == 2:
            sys.stdin.readline()


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
@pytest.mark.parametrize("name", ["topic", "genre"])
def test_it_learns_and_keeps_the_best_epoch(tmp_path, kind, name):
    folder = str(tiny_models.base_folder(tmp_path / kind, kind))
    heard, lines = _Heard(), []
    done = trained(
        folder, tmp_path / "state.pt", name, epochs=8, head_lr=0.05, body_lr=0.01, progress=lines.append,
        callbacks=(heard,), patience=8,
    )  # fmt: skip
    task = TASKS[name]
    rows = tiny_rows.rows(single=task.single)
    assert heard.events == ["begin at 0", *(f"epoch {number}" for number in range(1, 9)), "end"]
    assert tuple(heard.epochs) == done.history
    assert done.history[-1].loss < done.history[0].loss / 2
    assert done.history[done.best - 1].score == max(epoch.score for epoch in done.history) > 0.9
    logits = scores(done, rows.texts)
    assert logits.shape == rows.truth.shape
    assert logits.dtype == np.float32
    assert (logits.argmax(axis=1) == rows.truth.argmax(axis=1))[rows.known.all(axis=1)].mean() > 0.9
    assert any("epoch 2 of 8" in line and "loss 0." in line and "min left" in line for line in lines)


def test_the_same_call_gives_the_same_weights_whatever_was_drawn_before(base, tmp_path):
    first = trained(base, tmp_path / "a.pt")
    torch.rand(5)
    drawn = torch.get_rng_state()
    second = trained(base, tmp_path / "b.pt")
    assert np.array_equal(weights(first), weights(second))
    assert torch.equal(drawn, torch.get_rng_state())
    assert not np.array_equal(weights(first), weights(trained(base, tmp_path / "c.pt", seed=1)))


class KilledError(Exception):
    """In place of a kill."""


def test_a_run_cut_off_within_an_epoch_ends_as_an_unbroken_one(base, tmp_path, monkeypatch):
    unbroken = trained(base, tmp_path / "whole.pt", "genre", dropout=0.3)
    step, taken = Trainer.step, []

    def dying(self, chosen, steps):
        taken.append(chosen)
        if len(taken) == 9:
            raise KilledError
        step(self, chosen, steps)

    monkeypatch.setattr(Trainer, "step", dying)
    with pytest.raises(KilledError):
        trained(base, tmp_path / "cut.pt", "genre", dropout=0.3, every=0.0)
    resumed = trained(base, tmp_path / "cut.pt", "genre", dropout=0.3)
    assert len(taken) == 1 + 3 * 6, "six steps an epoch, and only the one that died is taken twice"
    assert resumed.history == unbroken.history
    assert np.array_equal(weights(resumed), weights(unbroken))


@pytest.mark.slow
def test_a_killed_process_ends_as_an_unbroken_one(base, tmp_path):
    script = (
        "import sys; from pathlib import Path\n"
        "from music_platform_tests.models.encoders.test_finetune import _Waiting, trained\n"
        "trained(sys.argv[1], Path(sys.argv[2]), epochs=4, every=0.0, callbacks=(_Waiting(),))\n"
    )
    path = tmp_path / "killed.pt"
    process = subprocess.Popen(
        [sys.executable, "-c", script, base, path], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    while process.stdout.readline().strip() != "2":
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert torch.load(path, weights_only=True)["step"] == 11, "the second epoch was not yet noted"
    resumed, unbroken = trained(base, path, epochs=4), trained(base, tmp_path / "whole.pt", epochs=4)
    assert resumed.history == unbroken.history
    assert np.array_equal(weights(resumed), weights(unbroken))


def test_a_finished_run_is_not_trained_again_and_other_rows_start_anew(base, tmp_path, monkeypatch):
    done = trained(base, tmp_path / "state.pt")
    other = trained(base, tmp_path / "other.pt", body_lr=1e-4)
    assert weights(trained(base, tmp_path / "state.pt", body_lr=1e-4)) == pytest.approx(weights(other), abs=0)
    trained(base, tmp_path / "state.pt")
    monkeypatch.setattr(Trainer, "step", None)
    assert np.array_equal(weights(trained(base, tmp_path / "state.pt")), weights(done))


def test_the_budget_ends_it_and_says_so_and_the_next_call_goes_on(base, tmp_path):
    lines: list[str] = []
    short = trained(base, tmp_path / "state.pt", budget=0.0, progress=lines.append)
    assert (short.stopped, short.best, len(short.history)) == ("budget", 1, 1)
    assert "stopped by budget, kept epoch 1" in lines[-1]
    heard = _Heard()
    full = trained(base, tmp_path / "state.pt", callbacks=(heard,))
    assert full.stopped == "epochs"
    assert heard.events == ["begin at 1", "epoch 1", "epoch 2", "epoch 3", "end"]
    assert full.seconds > short.seconds > 0
    assert full.history == trained(base, tmp_path / "unbroken.pt").history


def test_patience_ends_it_at_the_best_epoch(base, tmp_path):
    stuck = trained(base, tmp_path / "state.pt", epochs=9, patience=2, body_lr=0.0, head_lr=0.0)
    assert (stuck.stopped, stuck.best, len(stuck.history)) == ("patience", 1, 3)


def test_a_masked_label_gives_no_gradient():
    logits = torch.randn(4, 3, requires_grad=True)
    truth = torch.tensor([[True, False, True]] * 4)
    known = torch.ones(4, 3, dtype=torch.bool)
    known[:, 1] = known[2, 0] = False
    loss_sum(logits, truth, known, torch.ones(3), single=False).backward()
    assert torch.equal(logits.grad != 0, known)
