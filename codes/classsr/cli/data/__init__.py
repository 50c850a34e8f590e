"""classsr data: from photographs to training and test sets."""
