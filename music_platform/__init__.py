"""An orchestrated music data platform, in five stages.

In the order data takes:

ingestion   from the two lyric sites and landed files to typed rows with their provenance
features    from typed rows to cleaned, deduplicated, validated tables in DuckDB
models      from features to artifacts: genres, Portuguese genres, intents, topics, clusters
evaluation  from out-of-fold predictions to figures, intervals and reports
serving     from champion artifacts to answers over HTTP, on CPU

`storage` keeps what passes between them, `sample` invents data to run on, `defs` wires it all into Dagster.
"""

__version__ = "0.2.0"
