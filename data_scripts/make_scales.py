"""Write every photograph of a folder at several sizes: 0001.png, 0.9_0001.png, ..."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "scales")
