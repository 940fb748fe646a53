"""The songs that people find by name: their file, and the search in it. No HTTP."""
