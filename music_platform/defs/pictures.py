"""Pictures as metadata. The event holds the bytes, so that Dagster's UI shows them without another server."""

from base64 import b64encode

import dagster as dg


def picture(name: str, png: bytes) -> dg.MarkdownMetadataValue:
    """A PNG as Dagster's UI shows it."""
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{b64encode(png).decode()})")
