"""Write a checkpoint as a folder to deploy: python export.py -m MODEL.safetensors -o FOLDER"""

from classsr.cli import main
from classsr.commands.export import run

if __name__ == "__main__":
    main(run)
