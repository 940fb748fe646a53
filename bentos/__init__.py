"""The deployed services: one folder per bento."""
