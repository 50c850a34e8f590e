"""Checkpoints: our own, and those of other implementations."""
