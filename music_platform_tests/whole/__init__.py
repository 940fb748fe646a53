"""Tests of the whole path, in processes of its own."""
