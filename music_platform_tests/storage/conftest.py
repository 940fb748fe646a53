"""The fixture of the tests of the version of code."""

import sys
from pathlib import Path

import pytest

from music_platform_tests.support.small_package import SmallPackage


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallPackage:
    """A package that can be imported from `tmp_path`; no byte code is kept of it, so that each edit is seen."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return SmallPackage(tmp_path)
