"""Make a classed training set from a folder of photographs of one's own."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "folder")
