"""Train a branch or ClassSR: python train.py -opt options/train_ClassSR_RCAN.yml"""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import paddle
from tqdm.contrib.logging import logging_redirect_tqdm

from classsr.build.training import build_state, build_trainer
from classsr.cli.main import option_parser
from classsr.options.loading import dump_options, load_options
from classsr.options.schema import TrainOptions
from classsr.system.cpu import keep_freed_memory
from classsr.system.device import set_device
from classsr.system.distributed import barrier, rank, start
from classsr.system.signals import StopWish
from classsr.training.experiment import Experiment

log = logging.getLogger("classsr")


def run() -> None:
    """Start the training of an option file, or go on with it."""
    parser = option_parser(__doc__)
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    arguments = parser.parse_args()
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TrainOptions)
    set_device(options.device)
    if paddle.get_device() == "cpu":
        keep_freed_memory()
    start()
    state = build_state(options)
    trainer = build_trainer(options, state.network)
    if arguments.resume:
        trainer.experiment.reopen()
    elif rank() == 0:
        trainer.experiment.start(dump_options(options))
    barrier()
    with logging_to(trainer.experiment), StopWish() as wish:
        if arguments.resume:
            trainer.resume(state)
        if not trainer.fit(state, wish):
            again = shlex.join(arg for arg in sys.argv if arg != "--resume")
            log.info("stopped after step %d; go on with: python %s --resume", state.step, again)
            sys.exit(128 + wish.signal)


@contextmanager
def logging_to(experiment: Experiment) -> Iterator[None]:
    """Let the first process log to the experiment's file as well, and the others not at all."""
    if rank():
        log.setLevel(logging.ERROR)
        yield
        return
    handler = experiment.log_file()
    log.addHandler(handler)
    try:
        with logging_redirect_tqdm([log]):
            yield
    finally:
        log.removeHandler(handler)
        handler.close()
