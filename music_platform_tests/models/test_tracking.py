"""Training runs in MLflow: one run per training, with all of its figures, and never at the cost of the training."""

import subprocess
import sys
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from mlflow import MlflowClient

from music_platform.evaluation.training_runs import describe
from music_platform.models import training
from music_platform.models.encoders.checkpoint import Epoch
from music_platform.models.encoders.finetune import finetune
from music_platform.models.request import Request
from music_platform.models.tracking import BY_EPOCH, Tracking, end_orphans
from music_platform.storage.registry import Registry
from music_platform.tasks import CLUSTER_FEATURES, TASKS
from music_platform_tests.support import tiny_models, tiny_rows
from music_platform_tests.support.groups import groups
from music_platform_tests.support.manifests import manifest

HYPERPARAMETERS = tiny_models.HYPERPARAMETERS
CURVES = {"loss_function", "accuracy_evolution", "f1_evolution", "all_metrics_evolution"}
FINAL = {"final_metrics", "confusion_matrix"}
"""Their names are those of files that people look for."""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One for all tests of the module: a new database takes seconds."""
    return tmp_path_factory.mktemp("a home") / "mlflow"


@pytest.fixture(scope="module")
def client(store):
    store.mkdir()
    return MlflowClient(f"sqlite:///{store / 'mlflow.db'}")


@pytest.fixture
def experiment(client, request):
    """The name of a task that only this test has."""
    return request.node.name


def runs(client, name):
    found = client.get_experiment_by_name(name)
    return client.search_runs([found.experiment_id], order_by=["attributes.start_time"]) if found else []


def values(client, run, metric):
    return [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, metric)]


def pictures(client, run):
    return {file.path.removesuffix(".png"): file.file_size for file in client.list_artifacts(run.info.run_id)}


def refuse(line):
    pytest.fail(line)


def finetuned(base, path, **calls):
    rows, chosen = tiny_rows.rows(single=True), replace(HYPERPARAMETERS, base=base)
    return finetune(TASKS["topic"], rows, np.arange(48), chosen, checkpoint=path, **calls)


def epoch(number, loss=0.5):
    return Epoch(number, loss, 0.6, score=0.7, accuracy=0.8, f1=0.7, precision=0.6, recall=0.5)


def state(*epochs, step=0, made_from="rows"):
    return SimpleNamespace(history=list(epochs), step=step, made_from=made_from)


def test_a_training_by_epochs_is_a_run_with_its_hyperparameters_curves_and_pictures(
    tmp_path, base, store, client, monkeypatch
):
    batches = []
    log_batch = MlflowClient.log_batch
    monkeypatch.setattr(MlflowClient, "log_batch", lambda *a, **k: batches.append(a) or log_batch(*a, **k))
    with Tracking(store, "genre_pt", "encoder", refuse) as tracking:
        artifact = tiny_models.trained(Registry(tmp_path / "artifacts"), base, callbacks=(tracking,)).artifact
        (live,) = runs(client, "genre_pt")
        assert live.info.status == "RUNNING"
        tracking.record(artifact, *describe(artifact))
    assert len(batches) == 1 + 3 + 1 + 1, "hyperparameters, three epochs, the end, the result"

    (run,) = runs(client, "genre_pt")
    made = artifact.manifest
    assert (run.info.status, run.info.run_name) == ("FINISHED", f"encoder/{artifact.id}")
    assert run.info.user_id == "unknown"
    expected = {**made.config, **{n: getattr(made, n) for n in ("data_hash", "code_version", "seed", "rows")}}
    expected |= {"base_source": made.base.source, "base_sha256": made.base.sha256}
    assert run.data.params == {name: str(value) for name, value in expected.items()} | {"labels": "rap, samba"}
    tags = {"task": "genre_pt", "candidate": "encoder", "artifact": artifact.id, "stopped": "epochs"}
    assert tags.items() <= run.data.tags.items()
    for name in BY_EPOCH:
        assert values(client, run, name) == [(e["number"], e[name]) for e in made.history]
    assert run.data.metrics["final_f1"] == pytest.approx(made.metrics["macro_f1"])
    assert run.data.metrics["final_accuracy"] == pytest.approx(made.metrics["accuracy"])
    sizes = pictures(client, run)
    assert set(sizes) == CURVES | FINAL
    assert min(sizes.values()) > 10_000


def test_a_linear_model_and_clusters_are_runs_without_epochs(tmp_path, store, client):
    registry = Registry(tmp_path / "artifacts")
    columns = dict(zip(CLUSTER_FEATURES, groups(60)[0].T, strict=True))
    tracks = pa.table(columns | {"track_id": [f"t{i:02}" for i in range(60)]})
    linear = training.train(tiny_models.request(registry, "genre_pt", "linear")).artifact
    kmeans = training.train(Request(registry, TASKS["clusters"], "kmeans", tracks)).artifact
    for artifact, task, candidate in ((linear, "linear's task", "linear"), (kmeans, "clusters", "kmeans")):
        with Tracking(store, task, candidate, refuse) as tracking:
            tracking.record(artifact, *describe(artifact))
    (run,) = runs(client, "linear's task")
    assert (run.info.status, run.info.run_name) == ("FINISHED", f"linear/{linear.id}")
    assert set(run.data.metrics) == {"final_accuracy", "final_f1", "final_precision", "final_recall"}
    assert set(pictures(client, run)) == FINAL
    (run,) = runs(client, "clusters")
    assert run.data.params.items() >= {"k": "4", "rows": "60"}.items()


def test_a_training_that_was_killed_and_resumed_is_one_run(store, client, experiment):
    killed = Tracking(store, experiment, "encoder", refuse)
    killed.on_train_begin(HYPERPARAMETERS, state())
    killed.on_epoch_end(HYPERPARAMETERS, state(epoch(1)))
    killed.on_epoch_end(HYPERPARAMETERS, state(epoch(1), epoch(2)))
    with Tracking(store, experiment, "encoder", refuse) as resumed:
        resumed.on_train_begin(HYPERPARAMETERS, state(epoch(1), step=9))
        resumed.on_epoch_end(HYPERPARAMETERS, state(epoch(1), epoch(2)))
        resumed.on_epoch_end(HYPERPARAMETERS, state(epoch(1), epoch(2), epoch(3)))
    (run,) = runs(client, experiment)
    assert run.info.status == "FINISHED"
    assert values(client, run, "f1") == [(1, 0.7), (2, 0.7), (3, 0.7)]


def test_one_that_begins_anew_is_another_run_and_the_killed_one_is_ended(store, client, experiment):
    Tracking(store, experiment, "encoder", refuse).on_train_begin(HYPERPARAMETERS, state())
    other = replace(HYPERPARAMETERS, epochs=9)
    Tracking(store, experiment, "encoder", refuse).on_train_begin(other, state(step=3, made_from="other rows"))
    first, second = runs(client, experiment)
    assert (first.info.status, second.info.status) == ("KILLED", "RUNNING")
    assert end_orphans(store) == [f"{experiment}/encoder"]
    assert {run.info.status for run in runs(client, experiment)} == {"KILLED"}
    assert end_orphans(store) == []


def test_a_larger_budget_goes_on_with_the_run(tmp_path, base, store, client, experiment):
    for budget, stopped in ((0.0, "budget"), (600.0, "epochs")):
        with Tracking(store, experiment, "encoder", refuse) as tracking:
            done = finetuned(base, tmp_path / "state.pt", budget=budget, callbacks=[tracking])
            facts = {"config": asdict(done.hyperparameters), "stopped": done.stopped, "budget_seconds": budget}
            tracking.record(SimpleNamespace(id=stopped, manifest=manifest("genre", "encoder", **facts)), {}, {})
        (run,) = runs(client, experiment)
        assert (run.info.run_name, run.data.tags["stopped"]) == (f"encoder/{stopped}", stopped)
    cut_short, *whole = values(client, run, "loss")
    assert cut_short[0] == 1
    assert whole == [(epoch.number, epoch.loss) for epoch in done.history]


@pytest.mark.parametrize(("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_training_that_is_left_early_does_not_stay_under_way(store, client, error, status):
    task = f"left early by {error.__name__}"

    def left_early():
        with Tracking(store, task, "encoder", refuse) as tracking:
            tracking.on_train_begin(HYPERPARAMETERS, state())
            raise error

    with pytest.raises(error):
        left_early()
    assert [run.info.status for run in runs(client, task)] == [status]


def test_a_store_that_cannot_be_written_costs_one_warning_and_no_training(tmp_path, base):
    (tmp_path / "mlflow").write_text("in the way")
    warnings = []
    with Tracking(tmp_path / "mlflow", "genre_pt", "encoder", warnings.append) as tracking:
        done = finetuned(base, tmp_path / "state.pt", callbacks=[tracking])
        tracking.record(SimpleNamespace(id="1f", manifest=manifest("genre")), {}, {})
    assert (done.stopped, len(done.history)) == ("epochs", 3)
    (line,) = warnings
    assert line.startswith("genre_pt/encoder: training goes on, but MLflow does not track it: ")
    assert "\n" not in line


def test_a_figure_that_the_store_refuses_costs_one_warning(store, client, experiment, monkeypatch):
    warnings = []
    with Tracking(store, experiment, "encoder", warnings.append) as tracking:
        tracking.on_train_begin(HYPERPARAMETERS, state())
        monkeypatch.setattr(MlflowClient, "log_batch", lambda *_, **__: 1 / 0)
        tracking.on_epoch_end(HYPERPARAMETERS, state(epoch(1)))
        tracking.on_epoch_end(HYPERPARAMETERS, state(epoch(1), epoch(2)))
    assert len(warnings) == 1


def test_the_terminal_stays_clean_and_nothing_is_loaded_before_something_is_trained(tmp_path):
    script = (
        "import sys; from pathlib import Path; from types import SimpleNamespace\n"
        "from music_platform.models.tracking import Tracking\n"
        "from music_platform_tests.support.manifests import manifest\n"
        "with Tracking(Path(sys.argv[1]), 'task', 'linear', print) as tracking:\n"
        "    assert not {'mlflow', 'torch', 'sqlalchemy'} & set(sys.modules)\n"
        "    tracking.record(SimpleNamespace(id='1f', manifest=manifest('genre')), {'final_f1': 0.5}, {})\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "mlflow"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "mlflow" / "mlflow.db").exists()


def test_every_metric_of_an_epoch_is_tracked():
    assert set(asdict(epoch(1))) == {"number", "score", *BY_EPOCH}
