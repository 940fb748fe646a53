"""The one way an artifact is made: only an unknown one is trained, and the made one becomes current."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from music_platform.models.making import SEED, Draft, Made, make
from music_platform.models.request import Request
from music_platform.storage.manifest import Manifest
from music_platform.storage.registry import Registry
from music_platform.tasks import TASKS


class Drafting:
    """Drafts an artifact whose only file holds a text, and counts how often it was asked."""

    def __init__(self, text: str = "weights", **facts: object) -> None:
        self.text, self.facts, self.calls = text, facts, 0

    def __call__(self) -> Draft:
        """Draft it."""
        self.calls += 1
        return Draft(
            lambda folder: (folder / "weights").write_text(self.text) and {"seconds": 1.5},
            "data",
            "code",
            {"C": 1.0},
            9,
            self.facts,
        )


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path)


def made(
    registry: Registry,
    draft: Callable[[], Draft | None],
    made_from: str = "1f",
    is_done: Callable[[Manifest], bool] = lambda manifest: True,
) -> Made | None:
    return make(Request(registry, TASKS["genre"], "linear", pa.table({})), made_from, draft, is_done)


def test_an_unknown_artifact_is_trained_saved_and_made_current(registry):
    new = made(registry, Drafting(labels=["rap"]))
    assert new.is_new
    manifest = new.artifact.manifest
    assert (manifest.task, manifest.candidate, manifest.fingerprint) == ("genre", "linear", "1f")
    assert (manifest.data_hash, manifest.code_version, manifest.seed) == ("data", "code", SEED)
    assert (manifest.config, manifest.rows, manifest.labels, manifest.seconds) == ({"C": 1.0}, 9, ["rap"], 1.5)
    assert registry.current("genre", "linear") == new.artifact


def test_a_known_artifact_is_not_trained_again_and_becomes_current(registry):
    drafting = Drafting()
    first, other = made(registry, drafting), made(registry, Drafting("others"), "2f")
    assert registry.current("genre", "linear") == other.artifact
    assert made(registry, drafting) == Made(first.artifact, is_new=False)
    assert drafting.calls == 1
    assert registry.current("genre", "linear") == first.artifact


def test_without_a_draft_nothing_is_made_and_the_current_artifact_stays(registry):
    assert made(registry, lambda: None) is None
    assert registry.current("genre", "linear") is None
    known = made(registry, Drafting())
    assert made(registry, lambda: None, "2f") is None
    assert registry.current("genre", "linear") == known.artifact
    assert made(registry, lambda: None) == Made(known.artifact, is_new=False)


def test_a_known_artifact_that_is_not_done_is_trained_on(registry):
    stopped = made(registry, Drafting("half", stopped="budget"))

    def done(manifest: Manifest) -> bool:
        return manifest.stopped != "budget"

    assert made(registry, lambda: None, is_done=done) is None
    assert registry.current("genre", "linear") == stopped.artifact
    whole = made(registry, Drafting("whole", stopped="epochs"), is_done=done)
    assert (whole.is_new, whole.artifact.manifest.stopped) == (True, "epochs")
    assert made(registry, lambda: None, is_done=done) == Made(whole.artifact, is_new=False)


def test_a_training_that_fails_leaves_no_artifact(registry):
    def fails() -> Draft:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made(registry, fails)
    assert not registry.has("genre", "linear")
