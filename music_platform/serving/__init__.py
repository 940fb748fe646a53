"""5  from champion artifacts to answers, on CPU. Imports neither Dagster nor torch nor Spark nor pandas."""
