"""Train a branch or ClassSR: python train.py -opt options/train_ClassSR_RCAN.yml"""

from __future__ import annotations

import logging

from tqdm.contrib.logging import logging_redirect_tqdm

from classsr.build import build_trainer
from classsr.cli import option_parser
from classsr.experiment import Progress
from classsr.options import TrainOptions, dump_options, load_options


def run() -> None:
    """Start the training of an option file, or go on with it."""
    parser = option_parser(__doc__)
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    arguments = parser.parse_args()
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TrainOptions)
    trainer = build_trainer(options)
    progress = Progress()
    if arguments.resume:
        progress = trainer.experiment.resume(trainer.network, trainer.optimizer)
    else:
        trainer.experiment.start(dump_options(options))
    log = logging.getLogger("classsr")
    handler = trainer.experiment.log_file()
    log.addHandler(handler)
    try:
        with logging_redirect_tqdm([log]):
            trainer.fit(progress)
    finally:
        log.removeHandler(handler)
        handler.close()
