"""Tests of models.scorers."""
