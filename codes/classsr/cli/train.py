"""Train a branch or ClassSR: classsr train -opt options/train_ClassSR_RCAN.yml"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import paddle

from classsr.build.objective import build_gains
from classsr.build.training import build_experiment, build_state, build_trainer
from classsr.cli.option_files import add_option_file
from classsr.options.loading import dump_options, load_options
from classsr.options.schema.training import TrainOptions
from classsr.system.cpu import keep_freed_memory
from classsr.system.device import set_device
from classsr.system.distributed import barrier, rank, start
from classsr.system.signals import GracefulShutdown, Interrupted
from classsr.training.experiment import Experiment
from classsr.training.state import State
from classsr.training.trainer import interrupt_check

log = logging.getLogger("classsr")

AFTERWARDS = """trained: {folder}/
  checkpoints/last.safetensors is the network; train.log, scalars.csv, options.yml say how it came
next:
  classsr test -n {name}
  classsr upscale -n {name} -i PICTURES -o FOLDER
  classsr plot {folder}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option file, and whether to resume."""
    add_option_file(parser)
    parser.add_argument("--resume", action="store_true", help="resume from the newest checkpoint")


def run(arguments: argparse.Namespace) -> None:
    """Start the training of an option file, or resume it."""
    options = load_options(arguments.opt, overrides=arguments.overrides, kind=TrainOptions)
    set_device(options.device)
    if paddle.get_device() == "cpu":
        keep_freed_memory()
    start()
    state = build_state(options)
    experiment = build_experiment(options)
    if not arguments.resume and rank() == 0:
        experiment.start(dump_options(options))
    with nullcontext() if rank() else experiment.held():
        if arguments.resume:
            experiment.reopen(dump_options(options))
        barrier()
        with logging_to(experiment), GracefulShutdown() as shutdown:
            if not train(options, state, experiment, shutdown, resume=arguments.resume):
                again = shlex.join(word for word in arguments.invocation if word != "--resume")
                log.info("stopped after step %d; resume with: %s --resume", state.step, again)
                sys.exit(128 + shutdown.signal)
            log.info(AFTERWARDS.format(folder=experiment.folder, name=options.name))


def train(
    options: TrainOptions,
    state: State,
    experiment: Experiment,
    shutdown: GracefulShutdown,
    *,
    resume: bool,
) -> bool:
    """Prepare what the objective needs and run the loop; False where a signal ended it before."""
    gains = None
    if options.train.precompute_branch_errors:
        try:
            gains = build_gains(
                options,
                state.network,
                folder=experiment.folder,
                check_interrupt=interrupt_check(shutdown),
            )
        except Interrupted:
            return False
    trainer = build_trainer(options, state.network, experiment=experiment, gains=gains)
    if resume:
        trainer.resume(state)
    return trainer.fit(state, shutdown)


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
        yield
    finally:
        log.removeHandler(handler)
        handler.close()
