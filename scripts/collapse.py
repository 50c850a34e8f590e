"""Write a trained network as it is run, its linear blocks as plain convolutions.

python scripts/collapse.py -i experiments/photographs_SESR_O/checkpoints/last.safetensors \\
    -o experiments/pretrained/SESR_O.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

from classsr.checkpoints.native import load_network, save_network
from classsr.cli.main import errors_in_one_line
from classsr.models.collapsible import collapsed, collapsed_spec


def run() -> None:
    """Collapse the network of a checkpoint, a branch or ClassSR, into plain convolutions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-i", dest="source", type=Path, required=True, metavar="FILE")
    parser.add_argument("-o", dest="target", type=Path, required=True, metavar="FILE")
    arguments = parser.parse_args()
    network, spec = load_network(arguments.source)
    save_network(arguments.target, collapsed(network), spec=collapsed_spec(spec))
    print(f"written to {arguments.target}")


if __name__ == "__main__":
    with errors_in_one_line():
        run()
