"""Make GT, cropped to a multiple of the scale, and LR of every image of a folder."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "pairs")
