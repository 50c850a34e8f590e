"""Checkpoints of other implementations, read without running anything that they contain."""
