"""Let the classes of a trained ClassSR spend less, without training: a price on FLOPs.

Each class's logit is lowered by the price times what its branch computes, as a share of the widest.
Budgets give the same results as before, since they trade probability for FLOPs themselves.

python scripts/price_flops.py --price 80 \\
    -i experiments/photographs_ClassSR_SESR/checkpoints/last.safetensors \\
    -o experiments/pretrained/ClassSR_SESR.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import paddle

from classsr.checkpoints.native import load_network, save_network
from classsr.cli.main import errors_in_one_line
from classsr.errors import ClassSRError
from classsr.models.classsr import ClassSR
from classsr.models.flops import count_network


def run() -> None:
    """Write a checkpoint whose classifier has the price in the bias of its last layer."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-i", dest="source", type=Path, required=True, metavar="FILE")
    parser.add_argument("-o", dest="target", type=Path, required=True, metavar="FILE")
    parser.add_argument("--price", type=float, required=True, help="of the widest branch's FLOPs")
    arguments = parser.parse_args()
    network, spec = load_network(arguments.source)
    if not isinstance(network, ClassSR):
        raise ClassSRError(f"{arguments.source}: expected a ClassSR, found {spec['type']}")
    shares = np.array(count_network(network).shares, dtype=np.float32)
    bias = network.classifier.head.bias
    bias.set_value(bias - paddle.to_tensor(arguments.price * shares))
    save_network(arguments.target, network, spec=spec)
    print(f"written to {arguments.target}")


if __name__ == "__main__":
    with errors_in_one_line():
        run()
