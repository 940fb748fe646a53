"""The tracks that can be recommended: their files, the nearest ones, the map. No HTTP."""
