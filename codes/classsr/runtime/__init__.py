"""What runs the networks: runners of one interface, whatever computes behind it."""
