"""The playlist assistant: turns of a dialogue, and the sessions that it keeps. No HTTP."""
