"""The README and the generated pages: they are short, up to date, and their links and commands work."""

import re
import shlex
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_platform.cli import docs
from music_platform.storage.home import Home
from music_platform.storage.registry import Registry
from music_platform_tests.conftest import Command, copy_of

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line.split("  #")[0])[1:] for line in README.splitlines() if line.startswith("    music-platform ")
]


@pytest.mark.parametrize("name", sorted(docs.PAGES))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    written = (docs.FOLDER / f"{name}.md").read_text("utf-8")
    assert written == docs.page(name), "run `python -m music_platform.cli.docs`"


def test_the_readme_is_short() -> None:
    assert README.count("\n") <= 150


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("music_platform/**/*.md")]), ids=lambda p: p.name
)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_shows_the_commands_that_are_run_here() -> None:
    assert {arguments[0] for arguments in COMMANDS} == {"run", "serve", *_ON_A_HOME}


def _land(folder: Path) -> None:
    (folder / "more.csv").write_text("artist,title,lyrics\nAna,Mar,o mar e a lua\n", "utf-8")


def _score(folder: Path) -> None:
    pq.write_table(pa.table({"lyrics": ["the river took my paper boat"]}), folder / "songs.parquet")


def _roll_back(folder: Path) -> None:
    registry = Registry(Home.at(folder / "my/home").artifacts)
    champion = registry.champion("genre")
    other = registry.champion("topic")
    assert champion
    assert other
    history = (registry.root / "promotions.jsonl").read_text("utf-8")
    first = next(line for line in history.splitlines() if '"task": "genre"' in line)
    earlier = registry.root / "genre" / "linear" / "0123456789abcdef"
    earlier.symlink_to(champion.path)
    (registry.root / "promotions.jsonl").write_text(first.replace(champion.id, earlier.name) + "\n" + history, "utf-8")


_ON_A_HOME = {
    "land": _land,
    "figures": lambda folder: None,
    "predict": _score,
    "models": lambda folder: None,
    "rollback": _roll_back,
}
"""Command of the README -> prepares a folder for it, in which `my/home` holds the sample."""


@pytest.mark.parametrize("arguments", [c for c in COMMANDS if c[0] in _ON_A_HOME], ids=lambda c: c[0])
def test_a_command_of_the_readme_works(
    arguments: list[str], tmp_path: Path, sample_home: Home, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my").mkdir()
    home = copy_of(sample_home, tmp_path / "my/home")
    if arguments[0] == "land":  # real data never land beside the sample
        (home.landing / ".sample").unlink()
    monkeypatch.chdir(tmp_path)
    _ON_A_HOME[arguments[0]](tmp_path)
    at = arguments.index("--home")
    ended = command(Home.at(arguments[at + 1]), *arguments[:at], *arguments[at + 2 :])
    assert ended.code == 0, ended.err


@pytest.mark.slow
def test_own_data_run_by_the_readme(tmp_path: Path, process: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = tmp_path / "my/files"
    files.mkdir(parents=True)
    rows = "".join(f"Song {i},Artist {i},{i % 7 / 7},0.1,{i % 3 / 3},{i % 5 / 5},{90 + i % 40}\n" for i in range(60))
    header = "track_name,artists,danceability,speechiness,instrumentalness,valence,tempo\n"
    (files / "tracks_own.csv").write_text(header + rows, "utf-8")
    (arguments,) = (c for c in COMMANDS if c[0] == "run")
    at = arguments.index("--home")
    ended = process(Home.at(arguments[at + 1]), *arguments[:at])
    assert ended.code == 0, ended.out + ended.err
    assert "clusters" in ended.out
