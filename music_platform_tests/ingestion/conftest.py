"""The landing zone that the tests of ingestion land files into."""

from pathlib import Path

import pytest

from music_platform.ingestion.landing import Landing


@pytest.fixture
def zone(tmp_path: Path) -> Landing:
    """An empty landing zone; its folder does not exist yet."""
    return Landing(tmp_path / "home" / "landing")
