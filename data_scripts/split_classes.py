"""Split the scored sub-images of a set into simple, medium and hard."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "split")
