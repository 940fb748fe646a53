"""`python -m music_platform.cli` is the command `music-platform`."""

from music_platform.cli.app import main

main()
