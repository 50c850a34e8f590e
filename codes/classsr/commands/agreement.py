"""Compare the runners of a checkpoint: python scripts/agreement.py -opt options/test.yml"""

from __future__ import annotations

from classsr.agreement import compare
from classsr.building import build_pairs, set_device
from classsr.checkpoint import load_network
from classsr.cli import option_parser
from classsr.errors import ClassSRError
from classsr.models import ClassSR
from classsr.options import TestOptions, load_options
from classsr.runtime import Backend, PaddleRunner, Precision, choose_runner

HEADER = (
    "| data set | runner | PSNR | less than Paddle | largest difference | other classes |\n"
    "|---|---|---:|---:|---:|---:|"
)
RUNNERS: list[tuple[Backend, Precision]] = [
    ("inference", "float32"),
    ("openvino", "float32"),
    ("openvino", "bfloat16"),
]


def run() -> None:
    """Print a row for each data set of the option file and each runner."""
    arguments = option_parser(__doc__).parse_args()
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TestOptions)
    set_device("cpu")
    network, _ = load_network(options.path.pretrain_model)
    if not isinstance(network, ClassSR):
        raise ClassSRError(f"{options.path.pretrain_model}: has no classes to compare")
    reference = PaddleRunner(network)
    runners = {
        f"{backend} {precision}": choose_runner(network, backend=backend, precision=precision)
        for backend, precision in RUNNERS
    }
    print(HEADER)
    for dataset in options.datasets:
        pairs = build_pairs(dataset, scale=network.scale)
        for name, runner in runners.items():
            found = compare(pairs, runner, reference, crop=options.val.crop_border)
            print(
                f"| {dataset.name} | {name} | {found.psnr:.3f} | "
                f"{found.reference - found.psnr:.4f} | {found.largest:.1e} | "
                f"{found.differing} of {found.tiles} |",
                flush=True,
            )
