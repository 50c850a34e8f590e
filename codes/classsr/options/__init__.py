"""Option files: what they may say, and reading them."""
