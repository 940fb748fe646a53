"""Policies that assets of several stages share: retries, and how columns are described."""

from typing import Any

import dagster as dg

from music_platform.schema import Column

RETRY_DATA = dg.RetryPolicy(max_retries=2, delay=10)
"""Data assets try twice more, because a locked file or a busy disk may be free by then."""

RETRY_TRAINING = dg.RetryPolicy(max_retries=1)
"""Trainings try once more, at once; one that fails twice has a bug."""


def describe_columns(columns: tuple[Column, ...]) -> dict[str, Any]:
    """The columns with types and meanings, as Dagster shows them beside the asset."""
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(
                    c.name, c.type, c.meaning, constraints=dg.TableColumnConstraints(nullable=not c.required)
                )
                for c in columns
            ]
        )
    }
