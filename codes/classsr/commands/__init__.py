"""What the entries at the top level of the repository run."""
