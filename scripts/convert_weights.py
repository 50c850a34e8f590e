"""Convert published weights into a checkpoint of this project, or back.

python scripts/convert_weights.py -i official.pth -o ours.safetensors --model ClassSR_FSRCNN
python scripts/convert_weights.py -i ours.safetensors -o back.pth --to-published
"""

from functools import partial
from pathlib import Path

from classsr.cli.convert import run
from classsr.cli.main import main

if __name__ == "__main__":
    options = Path(__file__).resolve().parent.parent / "options"
    main(partial(run, description=__doc__, options=options))
