"""The paper's tables, made from the weights and data sets that are there."""
