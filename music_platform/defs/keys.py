"""The keys of all assets: `<stage>/<name>`. Every asset and every dependency spells its key with these functions."""

import dagster as dg

SCRAPED = dg.AssetKey(["ingestion", "scraped_lyrics"])
"""The daily crawl."""
OVERVIEW = dg.AssetKey(["evaluation", "overview"])
"""The page over all reports."""
CATALOGUE = dg.AssetKey(["serving", "catalogue"])
"""The file of the songs that the service can find."""
BENTO = dg.AssetKey(["serving", "bento"])
"""The service with the present champions."""


def landed_key(kind: str) -> dg.AssetKey:
    """The typed rows of the landed files of a kind of `schema.KINDS`."""
    return dg.AssetKey(["ingestion", kind])


def table_key(table: str) -> dg.AssetKey:
    """The validated table of `tables.TABLES` with this name."""
    return dg.AssetKey(["features", table])


def model_key(task: str, candidate: str) -> dg.AssetKey:
    """The artifact of a candidate for a task."""
    return dg.AssetKey(["models", f"{task}_{candidate}"])


def study_key(task: str, candidate: str) -> dg.AssetKey:
    """The search for hyperparameters of a candidate for a task."""
    return dg.AssetKey(["models", f"{task}_{candidate}_study"])


def report_key(task: str) -> dg.AssetKey:
    """The report of a task, which also decides its champion."""
    return dg.AssetKey(["evaluation", task])
