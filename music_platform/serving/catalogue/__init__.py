"""The songs that can be found by name: the file, and the search in it. No HTTP."""
