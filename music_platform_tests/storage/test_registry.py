"""The registry: artifacts are whole and kept once, and the champions of a task have a history."""

import json
import shutil

import pytest

from music_platform.errors import InputError
from music_platform.storage.files import fingerprint
from music_platform.storage.registry import Artifact, Registry
from music_platform_tests.support.manifests import facts


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(tmp_path)


def save(registry: Registry, text: str, candidate: str = "linear") -> Artifact:
    """An artifact whose only file holds a text, which is also what it was made from."""
    return registry.save(
        "genre",
        candidate,
        lambda folder: (folder / "weights").write_text(text) and None,
        facts(fingerprint=fingerprint(text), metrics={"macro_f1": 0.5}),
    )


def test_equal_artifacts_are_kept_once_and_found_by_what_they_were_made_from(registry):
    first, again, other = save(registry, "a"), save(registry, "a"), save(registry, "b")
    assert first == again
    assert first.id != other.id
    assert registry.find("genre", "linear", fingerprint("a")) == first
    assert registry.find("genre", "linear", fingerprint("c")) is None
    assert registry.current("genre", "linear") is None
    registry.set_current(other)
    assert registry.current("genre", "linear") == other
    registry.clear_current("genre", "linear")
    assert registry.current("genre", "linear") is None


def test_whether_a_candidate_was_ever_trained_does_not_depend_on_what_is_current(registry):
    assert not registry.has("genre", "linear")
    registry.set_current(save(registry, "a"))
    registry.clear_current("genre", "linear")
    assert registry.has("genre", "linear")


def test_candidates_of_equal_content_are_kept_apart(registry):
    encoder, lora = (save(registry, "a", candidate) for candidate in ("encoder", "lora"))
    assert encoder.id == lora.id
    for artifact in (encoder, lora):
        registry.set_current(artifact)
    registry.promote(lora, "best")
    assert registry.current("genre", "encoder") == encoder
    assert registry.champion("genre") == lora


def test_an_artifact_whose_folder_was_removed_can_be_made_anew(registry):
    removed = save(registry, "a")
    registry.set_current(removed)
    registry.promote(removed, "best")
    shutil.rmtree(removed.path)
    assert registry.current("genre", "linear") is None
    assert registry.find("genre", "linear", fingerprint("a")) is None
    with pytest.raises(InputError, match=rf"{removed.id}/manifest\.json: can't be read"):
        registry.champion("genre")
    anew = save(registry, "a")
    registry.set_current(anew)
    assert registry.current("genre", "linear") == registry.champion("genre") == anew


def test_a_saved_artifact_says_what_it_is(registry):
    artifact = save(registry, "a")
    manifest = artifact.manifest
    assert (manifest.task, manifest.candidate, manifest.version) == ("genre", "linear", artifact.id)
    assert (manifest.metrics, manifest.rows, manifest.scorer) == ({"macro_f1": 0.5}, 100, "linear")
    assert artifact.path == registry.root / "genre" / "linear" / artifact.id
    assert (artifact.path / "weights").read_text() == "a"


def test_measured_entries_join_the_manifest_and_are_no_part_of_the_identity(tmp_path):
    def saved(seconds: float) -> Artifact:
        return Registry(tmp_path / str(seconds)).save("topic", "linear", lambda _: {"seconds": seconds}, facts())

    assert saved(1.5).id == saved(2.5).id
    assert saved(2.5).manifest.seconds == 2.5


def test_a_failed_save_leaves_nothing(registry):
    with pytest.raises(ZeroDivisionError):
        registry.save("genre", "linear", lambda folder: 1 / 0, facts())
    assert list((registry.root / "genre" / "linear").iterdir()) == []


def test_champions_have_a_history_and_can_be_rolled_back(registry):
    assert registry.champion("genre") is None
    first, second = save(registry, "a"), save(registry, "b")
    assert registry.promote(first, "first")
    assert not registry.promote(first, "again")
    assert registry.promote(second, "better")
    assert registry.champion("genre") == second
    assert registry.rollback("genre") == first
    assert [p.artifact for p in registry.history("genre")] == [first.id, second.id, first.id]
    with pytest.raises(InputError, match="topic: there is no earlier champion to go back to; its history names 0"):
        registry.rollback("topic")


def test_an_artifact_is_found_by_the_first_characters_of_its_id(registry):
    artifact = save(registry, "a")
    shutil.copytree(artifact.path, artifact.path.with_name(f"{artifact.id[:4]}{'0' * 12}"))
    assert registry.artifact("genre", artifact.id) == artifact
    assert registry.artifact("genre", artifact.id[:5]) == artifact
    with pytest.raises(InputError) as refused:
        registry.artifact("genre", artifact.id[:4])
    prefix = artifact.id[:4]
    assert str(refused.value) == f"genre: the id prefix '{prefix}' matches 2 artifacts; give more characters"


@pytest.mark.parametrize("identifier", ["ffff", "../..", "*", ""])
def test_an_id_that_no_artifact_has_is_refused_and_is_no_pattern(registry, identifier):
    save(registry, "a")
    with pytest.raises(InputError) as refused:
        registry.artifact("topic" if identifier == "ffff" else "genre", identifier)
    assert str(refused.value).endswith(f": the id prefix '{identifier}' matches no artifact")


def test_a_champion_is_confirmed_once_per_report(registry):
    artifact = save(registry, "a")
    assert [registry.promote(artifact, "best", report) for report in ("1", "1", "2")] == [True, False, True]


def test_each_rollback_goes_further_back_until_the_first_champion(registry):
    first, second, third = (save(registry, text) for text in "abc")
    for artifact in (first, second, third):
        registry.promote(artifact, "better")
    assert registry.rollback("genre") == second
    assert registry.rollback("genre") == first
    with pytest.raises(InputError, match="genre: there is no earlier champion to go back to; its history names 3"):
        registry.rollback("genre")
    registry.promote(third, "better after all")
    assert registry.rollback("genre") == second


def test_a_champion_of_a_newer_version_is_refused_in_one_line(registry):
    artifact = save(registry, "a")
    registry.promote(artifact, "best")
    file = artifact.path / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    for look_up in (lambda: registry.champion("genre"), lambda: registry.find("genre", "linear", "other")):
        with pytest.raises(InputError, match=r"manifest\.json: the artifact has format 99 and this version reads"):
            look_up()
