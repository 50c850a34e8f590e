"""Checkpoints of other implementations, read without running anything that they contain."""

from classsr.published.reading import read_weights
from classsr.published.writing import write_npz, write_pth

__all__ = ["read_weights", "write_npz", "write_pth"]
