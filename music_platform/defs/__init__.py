"""Dagster only: one thin file per stage. Bodies open, call one domain function, write, return a result."""
