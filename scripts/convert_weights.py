"""Convert published weights into a checkpoint of this project, or back.

python scripts/convert_weights.py official.pth -o ours.safetensors
python scripts/convert_weights.py ours.safetensors -o back.pth
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("convert")
