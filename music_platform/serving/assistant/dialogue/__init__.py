"""The playlist assistant's dialogue: pure, without storage and HTTP. Its phrases and replies are in JSON files."""
