"""Convert published weights into a checkpoint of this project, or back.

python scripts/convert_weights.py -i official.pth -o ours.safetensors --model ClassSR_FSRCNN
python scripts/convert_weights.py -i ours.safetensors -o back.pth --to-published
"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("convert")
