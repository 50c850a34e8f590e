"""Scores, reports, benchmarks and the paper's tables."""
