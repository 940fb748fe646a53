"""Retries and column metadata, once for all stages."""

from typing import Any

import dagster as dg

from music_platform.schema import Column

RETRY_DATA = dg.RetryPolicy(max_retries=2, delay=10)
"""Data assets: a locked file or a busy disk is worth two more tries."""

RETRY_TRAINING = dg.RetryPolicy(max_retries=1)
"""Training: one more try, at once; what fails twice is a bug."""


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
