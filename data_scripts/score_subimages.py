"""Score every sub-image of a set by the PSNR of its restoration."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "score")
