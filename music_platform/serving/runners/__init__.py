"""The champions of text tasks, as they answer on a CPU: labels, slots, explanations. No HTTP, no training."""
