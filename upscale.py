"""Super-resolve pictures: python upscale.py -i photos -o results"""

from classsr.cli.main import main
from classsr.cli.upscale import run

if __name__ == "__main__":
    main(run)
