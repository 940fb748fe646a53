"""Pictures as metadata: the bytes are in the event, so that Dagster's UI shows them and nothing has to be served."""

from base64 import b64encode

import dagster as dg


def picture(name: str, png: bytes) -> dg.MarkdownMetadataValue:
    """A PNG as Dagster's UI shows it."""
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{b64encode(png).decode()})")
