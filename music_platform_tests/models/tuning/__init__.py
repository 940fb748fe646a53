"""Tests of models.tuning."""
