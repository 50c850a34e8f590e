"""Make the paper's training set from DIV2K 0001-0800, and its validation pairs from 0801-0810."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "div2k")
