"""Tests, by purpose; they mirror the packages of music_platform."""
