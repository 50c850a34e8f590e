"""Make a small set of GT and x4 LR from the colour photographs that scikit-image ships."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "sample")
