"""Test a checkpoint on data sets: python test.py -opt options/test.yml"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from classsr.build import build_pairs, build_protocol, build_tested_network, set_device
from classsr.classmap import class_map
from classsr.cli import main, option_parser
from classsr.evaluate import evaluate
from classsr.flops import count_parts
from classsr.images import write_image
from classsr.models.layers import count_parameters
from classsr.options import TestOptions, load_options
from classsr.report import SetReport, write_report
from classsr.runtime import PaddleRunner
from classsr.superresolve import Restored


def run() -> None:
    arguments = option_parser(__doc__).parse_args()
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TestOptions)
    set_device(options.device)
    network, _ = build_tested_network(options.path.pretrain_model)
    runner = PaddleRunner(network)
    protocol = build_protocol(options.val)
    cost = count_parts(network, tile=protocol.tile)
    folder = options.path.results / options.name
    # All data sets are opened before the first is tested, so that a missing one is told at once.
    datasets = [(pairs.name, build_pairs(pairs, scale=network.scale)) for pairs in options.datasets]

    reports = []
    for name, pairs in datasets:

        def keep(image: str, lr: np.ndarray, restored: Restored, name: str = name) -> None:
            if options.save_img:
                sr = np.rint(restored.image).astype(np.uint8)
                write_image(folder / name / f"{image}.png", sr)
            if options.class_map:
                tinted = class_map(
                    restored.image,
                    restored.tiling,
                    restored.classes,
                    num_classes=runner.num_classes,
                    scale=runner.scale,
                )
                write_image(folder / name / f"{image}_classes.png", tinted)

        scores = evaluate(pairs, runner, cost, protocol=protocol, keep=keep)
        progress = tqdm(scores, total=len(pairs), desc=name, unit="image", disable=None)
        reports.append(SetReport(name, list(progress)))

    about = (
        f"{options.path.pretrain_model}, {count_parameters(network):,} parameters, "
        f"tiles of {protocol.tile} every {protocol.step} LR pixels"
    )
    print(write_report(folder, title=options.name, about=about, sets=reports))
    print(f"written to {folder}/")


if __name__ == "__main__":
    main(run)
