"""The playlist assistant's dialogue: pure, without storage and HTTP. What it says and understands is in JSON files."""
