"""Benchmarks: commands that print a table of seconds and memory. Nothing here is a test."""
