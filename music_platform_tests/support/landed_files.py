"""Files for the tests of the landing zone."""

import os
import time
from pathlib import Path


def catalogue(path: Path, *titles: str) -> Path:
    """Write a CSV file of kind `catalogue`, a song by Ana per title, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("title,artist\n" + "".join(f"{title},Ana\n" for title in titles))
    return path


def seconds_ago(path: Path, seconds: float) -> Path:
    """Date a file's last write back, and return its path."""
    os.utime(path, (time.time() - seconds,) * 2)
    return path
