"""Invented, seeded data in every kind, and a local site in the structure of the two lyric sites."""
