"""Take the scores of a set from a split log of the original authors (divide_train.log)."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "score")
