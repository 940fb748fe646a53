"""1  from the two lyric sites and landed files to typed rows with their provenance. No cleaning, no models."""
