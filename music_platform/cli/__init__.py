"""The command `music-platform`: options in, one domain call, lines and tables out. Put terminal output here."""
