"""A training from its options: what it minimises, what it changes, and its loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import paddle
from paddle import nn

from classsr.system import distributed as ranks
from classsr.build.data import build_pairs, build_training_set
from classsr.build.network import build_network, network_spec
from classsr.build.protocol import build_protocol
from classsr.training.optimizer_state import begin_optimizer
from classsr.runtime.graphs import as_graph
from classsr.data.loader import Batch, batches
from classsr.training.ema import Ema
from classsr.errors import ClassSRError
from classsr.evaluation.scoring import validation_psnr
from classsr.training.experiment import Experiment
from classsr.models.flops import count_parts
from classsr.training.divergence import Guard
from classsr.training.branch_errors import known_errors
from classsr.training.objectives import Objective, branch_objective, classifier_objective, classsr_objective
from classsr.options.schema import CosineOptions, TrainOptions, TrainStageOptions
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.select import choose_runner
from classsr.training.lr_schedule import Schedule, cosine_restart, multi_step, warmed_up
from classsr.training.state import State
from classsr.inference.tiles import Restored
from classsr.training.trainer import BatchesFrom, Trainer
from classsr.training.gain_targets import worth_of_steps


def build_schedule(options: TrainOptions) -> Schedule:
    """The learning rate of every step."""
    train = options.train
    arguments = train.scheduler.model_dump(exclude={"type"})
    make = cosine_restart if isinstance(train.scheduler, CosineOptions) else multi_step
    return warmed_up(make(lr=train.lr, **arguments), steps=train.warmup_iter)


def build_objective(options: TrainOptions, network: nn.Layer) -> Objective:
    """What a network minimises, compiled where the options say so."""
    train = options.train
    objective: Objective = partial(branch_objective, criterion=train.pixel_criterion)
    if options.network == "ClassSR":
        costs = count_parts(network).shares
        check_budgets(train.budgets, costs=costs)
        if train.judge_once:
            return partial(classifier_objective, costs=costs)
        ratio = train.class_ratio
        shares = None if ratio is None else [part / sum(ratio) for part in ratio]
        objective = partial(
            classsr_objective,
            criterion=train.pixel_criterion,
            class_shares=shares,
            costs=costs,
            budgets=train.budgets,
        )
    if not train.static_graph:
        return objective
    if train.amp is not None:
        raise ClassSRError("train.static_graph: not together with train.amp; leave one out")
    graph = as_graph(network)
    return lambda _, lr, hr: objective(graph, lr, hr)


def check_budgets(budgets: Sequence[float], *, costs: Sequence[float]) -> None:
    """Raise ClassSRError where the smallest branch does not meet every budget."""
    if budgets and min(budgets) <= min(costs):
        raise ClassSRError(
            f"train.budgets: {min(budgets):g} is less than the smallest branch takes, "
            f"{min(costs):.3f} of the widest one"
        )


def build_experiment(options: TrainOptions) -> Experiment:
    """The folder that the training writes to."""
    return Experiment(
        options.path.experiments / options.name,
        spec=network_spec(options),
        keep=options.logger.keep_checkpoints,
        visualdl=options.logger.visualdl,
    )


def build_state(options: TrainOptions) -> State:
    """A training before its first step."""
    train = options.train
    if train.amp is not None and paddle.get_device() == "cpu":
        raise ClassSRError("train.amp: mixed precision needs a GPU; leave it out")
    network = build_network(options)
    return State(
        network=network,
        optimizer=build_optimizer(train, network),
        scaler=paddle.amp.GradScaler(enable=train.amp == "float16"),
        guard=build_guard(train),
        ema=None if train.ema_decay is None else Ema(network, decay=train.ema_decay),
    )


def build_guard(options: TrainStageOptions) -> Guard:
    """The guard of a training; the squared error scatters like the square of the absolute one."""
    guard = Guard(**options.guard.model_dump())
    squared = options.pixel_criterion == "l2" and not options.judge_once
    return replace(guard, spike=guard.spike**2) if squared else guard


def build_optimizer(options: TrainStageOptions, network: nn.Layer) -> paddle.optimizer.Optimizer:
    """Adam on all weights that are not frozen, without history."""
    clip = None if options.grad_clip is None else nn.ClipGradByGlobalNorm(options.grad_clip)
    parameters = [p for p in network.parameters() if not p.stop_gradient]
    optimizer = paddle.optimizer.Adam(
        learning_rate=options.lr,
        beta1=options.beta1,
        beta2=options.beta2,
        parameters=parameters,
        grad_clip=clip,
    )
    begin_optimizer(optimizer, parameters)
    return optimizer


def build_batches(options: TrainOptions, network: nn.Layer, *, folder: Path) -> BatchesFrom:
    """Makes this process's share of the batches; see `Trainer`.

    Where sub-images are judged once, it is when the first batches are asked for.
    folder: of the experiment, which keeps what was found then.
    """
    section = options.datasets.train
    dataset = build_training_set(section, scale=options.scale)
    if section.batch_size % (ranks.world() * options.train.accumulate):
        raise ClassSRError(
            f"datasets.train.batch_size: expected a multiple of {ranks.world()} processes x "
            f"{options.train.accumulate} parts (train.accumulate), found {section.batch_size}"
        )

    def worth(between: Callable[[], None]) -> np.ndarray:
        criterion = options.train.pixel_criterion
        costs = count_parts(network).shares
        errors = known_errors(
            folder / f"errors_{criterion}.npy",
            dataset,
            partial(choose_runner, network, precision="float32"),
            criterion=criterion,
            num_classes=len(costs),
            between=between,
        )
        (budget,) = options.train.budgets
        return worth_of_steps(errors, costs=costs, budget=budget)

    def batches_from(step: int, between: Callable[[], None]) -> Iterator[Batch]:
        return batches(
            dataset,
            batch_size=section.batch_size,
            seed=options.manual_seed,
            start_step=step,
            n_workers=section.n_workers,
            prefetch_factor=section.prefetch_factor,
            use_flip=section.use_flip,
            use_rot=section.use_rot,
            rank=ranks.rank(),
            world=ranks.world(),
            targets=worth(between) if options.train.judge_once else None,
        )

    return batches_from


def build_trainer(options: TrainOptions, network: nn.Layer) -> Trainer:
    """What trains a network as the options say."""
    train = options.train
    experiment = build_experiment(options)
    validation = [build_pairs(pairs, scale=options.scale) for pairs in options.datasets.val]
    protocol, crop = build_protocol(options.val, PaddleRunner(network)), options.val.crop_border

    def validate(between: Callable[[], None]) -> tuple[float, np.ndarray | None]:
        sample: list[np.ndarray] = []

        def interruptible(lr: np.ndarray) -> Restored:
            between()
            restored = protocol(lr)
            if not sample:
                sample.append(restored.image)
            return restored

        values = [validation_psnr(pairs, interruptible, crop=crop) for pairs in validation]
        return sum(values) / len(values), sample[0] if sample else None

    return Trainer(
        objective=build_objective(options, network),
        weights={
            train.pixel_criterion: train.l1w,
            "class": train.class_loss_w,
            "average": train.average_loss_w,
            "worth": 1.0,
        },
        schedule=build_schedule(options),
        batches=build_batches(options, network, folder=experiment.folder),
        validate=validate if validation else None,
        experiment=experiment,
        amp=train.amp,
        pin_memory=options.datasets.train.pin_memory,
        accumulate=train.accumulate,
        niter=train.niter,
        print_freq=options.logger.print_freq,
        val_freq=options.val.val_freq,
        save_freq=options.logger.save_checkpoint_freq,
    )
