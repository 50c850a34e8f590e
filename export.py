"""Write a checkpoint as a folder to deploy: python export.py -m MODEL.safetensors -o FOLDER"""

from classsr.cli.export import run
from classsr.cli.main import main

if __name__ == "__main__":
    main(run)
