"""A training from its options: what it minimises, what it changes, and its loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import paddle
from paddle import nn

from classsr.system import distributed
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
from classsr.models.flops import count_network
from classsr.training.divergence import DivergenceDetector
from classsr.training.branch_errors import precompute_branch_errors
from classsr.training.objectives import Objective, branch_objective, classifier_objective, classsr_objective
from classsr.options.schema import CosineOptions, TrainOptions, TrainStageOptions
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.runtime.select import choose_runner
from classsr.training.lr_schedule import Schedule, cosine_restart, multi_step, warmed_up
from classsr.training.state import State
from classsr.inference.tiles import Restored
from classsr.training.trainer import BatchesFrom, Trainer
from classsr.training.gain_targets import gains_of_steps


def build_schedule(options: TrainOptions) -> Schedule:
    """The learning rate of every step."""
    train = options.train
    arguments = train.scheduler.model_dump(exclude={"type"})
    make: Callable[..., Schedule] = multi_step
    if isinstance(train.scheduler, CosineOptions):
        make = cosine_restart
        arguments["T_period"] = train.scheduler.T_period or [train.niter]
    return warmed_up(make(lr=train.lr, **arguments), steps=train.warmup_iter)


def build_objective(options: TrainOptions, network: nn.Layer) -> Objective:
    """What a network minimises, compiled where the options say so."""
    train = options.train
    objective: Objective = partial(branch_objective, criterion=train.pixel_criterion)
    if options.network == "ClassSR":
        costs = count_network(network).shares
        check_budgets(train.budgets, costs=costs)
        if train.precompute_branch_errors:
            return partial(classifier_objective, costs=costs)
        shares = train.class_shares
        if shares is not None:
            shares = [share / sum(shares) for share in shares]
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
        detector=build_divergence_detector(train),
        ema=None if train.ema_decay is None else Ema(network, decay=train.ema_decay),
    )


def build_divergence_detector(options: TrainStageOptions) -> DivergenceDetector:
    """The divergence detector; the squared error scatters like the square of the absolute one."""
    detector = DivergenceDetector(**options.divergence.model_dump())
    squared = options.pixel_criterion == "l2" and not options.precompute_branch_errors
    return replace(detector, spike=detector.spike**2) if squared else detector


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


def build_gains(
    options: TrainOptions,
    network: nn.Layer,
    *,
    folder: Path,
    check_interrupt: Callable[[], None],
) -> np.ndarray:
    """The gains that the classifier learns from (N, h, w, M - 1); see `gains_of_steps`.

    The branches' errors on the training set are computed first where `folder`, the experiment's,
    does not hold them yet.
    check_interrupt: called now and then; what it raises ends the work.
    """
    dataset = build_training_set(options.datasets.train, scale=options.scale)
    criterion = options.train.pixel_criterion
    costs = count_network(network).shares
    errors = precompute_branch_errors(
        folder / f"errors_{criterion}.npy",
        dataset,
        partial(choose_runner, network, precision="float32"),
        criterion=criterion,
        num_classes=len(costs),
        check_interrupt=check_interrupt,
    )
    (budget,) = options.train.budgets
    return gains_of_steps(errors, costs=costs, budget=budget)


def build_batches(options: TrainOptions, *, gains: np.ndarray | None) -> BatchesFrom:
    """Makes this process's share of the batches; see `Trainer`."""
    section = options.datasets.train
    dataset = build_training_set(section, scale=options.scale)
    if section.batch_size % (distributed.world() * options.train.accumulate):
        raise ClassSRError(
            f"datasets.train.batch_size: expected a multiple of {distributed.world()} processes x "
            f"{options.train.accumulate} parts (train.accumulate), found {section.batch_size}"
        )

    def batches_from(step: int) -> Iterator[Batch]:
        return batches(
            dataset,
            batch_size=section.batch_size,
            seed=options.manual_seed,
            start_step=step,
            n_workers=section.n_workers,
            prefetch_factor=section.prefetch_factor,
            use_flip=section.use_flip,
            use_rot=section.use_rot,
            rank=distributed.rank(),
            world=distributed.world(),
            targets=gains,
        )

    return batches_from


def build_trainer(
    options: TrainOptions,
    network: nn.Layer,
    *,
    experiment: Experiment,
    gains: np.ndarray | None = None,
) -> Trainer:
    """What trains a network as the options say.

    gains: see `build_gains`; None where branches and classifier learn from images.
    """
    train = options.train
    validation = [build_pairs(pairs, scale=options.scale) for pairs in options.datasets.val]
    protocol = build_protocol(options.val, PaddleRunner(network))
    crop_border = options.val.crop_border

    def validate(check_interrupt: Callable[[], None]) -> tuple[float, np.ndarray | None]:
        sample: list[np.ndarray] = []

        def interruptible(lr: np.ndarray) -> Restored:
            check_interrupt()
            restored = protocol(lr)
            if not sample:
                sample.append(restored.image)
            return restored

        values = [validation_psnr(pairs, interruptible, crop_border=crop_border) for pairs in validation]
        return sum(values) / len(values), sample[0] if sample else None

    return Trainer(
        objective=build_objective(options, network),
        weights={
            train.pixel_criterion: train.pixel_loss_weight,
            "class": train.class_loss_weight,
            "average": train.average_loss_weight,
            "gain": 1.0,
        },
        schedule=build_schedule(options),
        batches=build_batches(options, gains=gains),
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
