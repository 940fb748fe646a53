"""Stage 1: crawls the lyric sites, keeps the landing zone, and reads landed files as typed rows with provenance."""
