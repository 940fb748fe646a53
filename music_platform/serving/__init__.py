"""Stage 5: from champions to answers, on CPU. The service imports neither Dagster nor torch nor Spark nor pandas.

The service itself is `engine` (a bundle in memory), `assistant`, `api` (HTTP) and `bentos/music/service.py`. `bundle`,
`release` and `status` build its bento, and `batch` scores files without it.
"""
