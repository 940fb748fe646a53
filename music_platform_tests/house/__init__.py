"""Tests of the rules of the house: boundaries and dependencies."""
