"""Measure how well a router chooses its tiles: python scripts/routing.py -opt options/test.yml"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("routing")
