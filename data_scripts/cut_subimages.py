"""Cut the pairs of a GT and an LR folder into sub-images."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "cut")
