"""The code location: the stages in data order."""

import dagster as dg

from music_platform.defs import (
    automation,
    contracts,
    evaluation,
    features,
    ingestion,
    models,
    resources,
    serving,
    tuning,
)

defs = dg.Definitions.merge(
    dg.Definitions(assets=dg.load_assets_from_modules([ingestion, features, tuning, models, evaluation, serving])),
    contracts.defs,
    resources.defs,
    automation.defs,
)
