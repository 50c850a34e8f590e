"""The training loop and what it minimises, logs and saves."""
