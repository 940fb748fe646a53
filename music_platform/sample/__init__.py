"""Invented, seeded data of every kind, and local sites in the structure of the two lyric sites."""
