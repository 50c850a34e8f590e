"""From an LR image to its super-resolution: tiles, classes, budgets, the two protocols."""
