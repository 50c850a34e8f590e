"""Super-resolve pictures: python upscale.py -i photos -o results"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("upscale")
