"""Builders, samples and clients that several test modules share. Put what two test modules need here."""
