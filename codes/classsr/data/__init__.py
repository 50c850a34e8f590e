"""Training and test data: from a folder of photographs to batches."""
