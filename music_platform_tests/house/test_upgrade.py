"""A home that an earlier version wrote: what is read from it, and what is refused.

`home-1.tar.xz` was written by version 0.1.0: landed files of the sample, a correction with its decision, and the
artifacts of three tasks with format 1.
"""

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from music_platform.cli.app import main
from music_platform.errors import InputError
from music_platform.ingestion.correction_files import Corrections
from music_platform.ingestion.landing import Landing
from music_platform.models.scorers.clusters import Clusters
from music_platform.models.scorers.predictor import Predictor
from music_platform.schema import KINDS
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry

_ASKED = {
    "genre_pt": "Acendi a luz da varanda pra você me encontrar\nO vento trouxe a saudade, não deixou ela passar",
    "topic": "The harbour city opened a second ferry line after a vote on the price of tickets.",
}
_ANSWERED = {"genre_pt": [0.1393, 0.0852, 0.7756], "topic": [0.2431, 0.1311, 0.2320, 0.3938]}
"""The scores that version 0.1.0 gave."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    with tarfile.open(Path(__file__).with_name("home-1.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    return Home.at(tmp_path / "home")


def test_the_home_opens_and_keeps_its_files(home: Home) -> None:
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}
    home.prepare()
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("task", sorted(_ASKED))
def test_artifacts_of_format_1_answer_as_before(home: Home, task: str) -> None:
    champion = Registry(home.artifacts).champion(task)
    assert champion is not None
    assert champion.manifest.format == 1
    scores = Predictor.load(champion.path).decide([_ASKED[task]]).scores
    np.testing.assert_allclose(scores[0], _ANSWERED[task], atol=1e-4)


def test_clusters_of_format_1_answer_as_before(home: Home) -> None:
    champion = Registry(home.artifacts).champion("clusters")
    assert champion is not None
    assert Clusters.load(champion.path).assign(np.array([[0.62, 0.05, 0.0, 0.54, 118]])).tolist() == [2]


def test_history_landed_files_and_decisions_are_read(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", "--json", "--home", str(home.root)])
    assert not ended.value.code
    listed = json.loads(capsys.readouterr().out)
    assert {row["task"] for row in listed if row["champion"]} == {"genre_pt", "topic", "clusters"}
    landing = Landing(home.landing)
    assert landing.holds_sample
    files = {kind: len(landing.files(kind)) for kind in KINDS if landing.files(kind)}
    assert files == {"lyrics": 2, "articles": 1, "corrections": 1, "decisions": 1}
    ((correction, status),) = Corrections(landing).all()
    assert (correction.task, correction.labels, status) == ("genre_pt", ["mpb"], "accepted")


def test_a_home_of_an_unknown_version_is_refused(home: Home) -> None:
    (home.root / "VERSION").write_text("7\n")
    with pytest.raises(InputError, match=r"VERSION: the home has layout '7' .*--home DIR"):
        home.prepare()


def test_an_artifact_of_a_newer_format_is_refused(home: Home) -> None:
    registry = Registry(home.artifacts)
    champion = registry.champion("topic")
    assert champion is not None
    manifest = champion.path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 3}))
    with pytest.raises(InputError, match=r"manifest\.json: the artifact has format 3 .* update music_platform"):
        registry.champion("topic")
