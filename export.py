"""Write a checkpoint as a folder to deploy: python export.py -m MODEL.safetensors -o FOLDER"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("export")
