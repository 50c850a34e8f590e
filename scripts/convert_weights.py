"""Convert published weights, or back: python scripts/convert_weights.py official.pth"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("convert")
