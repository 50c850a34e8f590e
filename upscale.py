"""Super-resolve pictures: python upscale.py -i photos -o results"""

from classsr.cli import main
from classsr.commands.upscale import run

if __name__ == "__main__":
    main(run)
