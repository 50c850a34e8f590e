"""From options to objects: the one room that knows all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from paddle import nn

from classsr import ranks
from classsr.budget import budget_router, flops_prices, measured_prices, parse_budget
from classsr.checkpoint import begin_optimizer, load_network, load_weights
from classsr.convert import as_graph
from classsr.data.folder import PairFolder
from classsr.data.loader import Batch, PairDataset, batches, stacked
from classsr.data.packed import PackedSet
from classsr.ema import Ema
from classsr.errors import ClassSRError
from classsr.evaluate import Protocol, validation_psnr
from classsr.experiment import Experiment
from classsr.flops import NetworkCost, count_parts
from classsr.full import Geometry, full_protocol
from classsr.guard import Guard
from classsr.judging import known_errors
from classsr.models import FSRCNN, ClassSR
from classsr.models.slimming import start_as_part
from classsr.models.spec import classsr_spec, create
from classsr.objectives import (
    Objective,
    branch_objective,
    classifier_objective,
    classsr_objective,
)
from classsr.options import (
    CosineOptions,
    PairOptions,
    ProtocolOptions,
    TrainOptions,
    TrainSetOptions,
    TrainStageOptions,
)
from classsr.routing import Router, most_probable
from classsr.runtime import PaddleRunner, Runner, choose_runner
from classsr.schedule import Schedule, cosine_restart, multi_step, warmed_up
from classsr.state import State
from classsr.superresolve import Restored, paper_protocol, to_batch
from classsr.trainer import BatchesFrom, Trainer

SLIMMING_TILES = 200  # on which channels of a wide network prove what they are worth


def set_device(name: str) -> None:
    """Compute on "cpu" or "gpu"; "auto" takes a GPU where Paddle finds one."""
    gpu_there = paddle.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
    if name == "gpu" and not gpu_there:
        raise ClassSRError("device: gpu was asked for, but Paddle finds none; use device: cpu")
    paddle.set_device("gpu" if gpu_there and name != "cpu" else "cpu")


def network_spec(options: TrainOptions) -> dict[str, Any]:
    """The description of the network that an option file trains."""
    branches = [branch.model_dump() for branch in options.branches]
    if options.network == "ClassSR":
        return classsr_spec(branches, classifier=options.classifier.model_dump())
    return branches[int(options.network.removeprefix("branch")) - 1]


def build_network(options: TrainOptions) -> nn.Layer:
    """The network with its initial or pretrained weights, frozen where the options say so."""
    paddle.seed(options.manual_seed)
    network = create(network_spec(options), scale=options.scale)
    _refuse_random_branches(options)
    if options.path.pretrain_branches is not None:
        _load_branches(network, options.path.pretrain_branches)
    if options.path.pretrain_wide is not None:
        _start_as_part(network, options)
    if options.path.pretrain_model is not None:
        load_weights(network, options.path.pretrain_model)
    if options.train.freeze_branches:
        if not isinstance(network, ClassSR):
            raise ClassSRError("train.freeze_branches: only network: ClassSR has branches")
        network.freeze_branches()
    return network


def _refuse_random_branches(options: TrainOptions) -> None:
    pretrained = options.path.pretrain_branches or options.path.pretrain_model
    if options.network == "ClassSR" and not (pretrained or options.train.allow_random_branches):
        raise ClassSRError(
            "network: ClassSR in front of random branches collapses into one class; name trained "
            "ones in path.pretrain_branches, or insist with train.allow_random_branches=true"
        )


def _start_as_part(network: nn.Layer, options: TrainOptions) -> None:
    path = options.path.pretrain_wide
    assert path is not None
    wide, _ = load_network(path)
    if not (isinstance(network, FSRCNN) and isinstance(wide, FSRCNN)):
        raise ClassSRError("path.pretrain_wide: only an FSRCNN can start as part of a wider one")
    dataset = build_training_set(options.datasets.train, scale=options.scale)
    drawn = np.random.default_rng(options.manual_seed).integers(len(dataset), size=SLIMMING_TILES)
    tiles = to_batch(stacked([dataset[int(index)][0] for index in drawn]))
    try:
        start_as_part(network, wide, tiles=tiles)
    except ClassSRError as error:
        raise ClassSRError(f"path.pretrain_wide: {path}: {error}") from error


def _load_branches(network: nn.Layer, paths: list[Path]) -> None:
    if not isinstance(network, ClassSR):
        raise ClassSRError("path.pretrain_branches: only network: ClassSR has branches")
    if len(paths) != len(network.branches):
        raise ClassSRError(
            f"path.pretrain_branches: expected {len(network.branches)} checkpoints, "
            f"found {len(paths)}"
        )
    for branch, path in zip(network.branches, paths, strict=True):
        load_weights(branch, path)


def build_training_set(options: TrainSetOptions, *, scale: int) -> PairDataset:
    """The sub-images to train on, all or of some classes."""
    dataset: PairFolder | PackedSet
    if options.dataroot_packed is not None:
        dataset = PackedSet(options.dataroot_packed)
        if dataset.scale != scale:
            raise ClassSRError(f"{options.dataroot_packed}: is x{dataset.scale}, expected x{scale}")
    else:
        assert options.dataroot_GT is not None and options.dataroot_LQ is not None
        dataset = PairFolder(gt=options.dataroot_GT, lq=options.dataroot_LQ, scale=scale)
    if options.classes is not None:
        dataset = dataset.subset(classes=[number - 1 for number in options.classes])
    return dataset


def build_pairs(options: PairOptions, *, scale: int) -> PairFolder:
    """Whole images to validate or test on."""
    try:
        return PairFolder(gt=options.dataroot_GT, lq=options.dataroot_LQ, scale=scale)
    except ClassSRError as error:
        advice = f"; make it with: {options.made_by}" if options.made_by else ""
        raise ClassSRError(f"data set {options.name}: {error}{advice}") from error


def build_protocol(
    options: ProtocolOptions, runner: Runner, *, route: Router = most_probable
) -> Protocol:
    """The evaluation protocol."""
    if options.protocol == "full":
        geometry = Geometry(tile=options.tile, batch=options.tile_batch)
        return partial(full_protocol, runner=runner, geometry=geometry, route=route)
    return partial(
        paper_protocol,
        runner=runner,
        tile=options.tile,
        step=options.step,
        batch=options.tile_batch,
        route=route,
    )


def build_router(budget: str | None, runner: Runner, cost: NetworkCost) -> Router:
    """The paper's router, or one that keeps to a budget (see `classsr.budget`)."""
    if budget is None:
        return most_probable
    limit = parse_budget(budget)
    if limit.unit == "s":
        prices = measured_prices(runner, tile=cost.tile, halo=Geometry().halo)
    else:
        prices = flops_prices([branch.paper for branch in cost.branches], limit.unit)
    return budget_router(limit, prices)


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
        ratio = train.class_ratio
        shares = None if ratio is None else [part / sum(ratio) for part in ratio]
        objective = partial(
            classifier_objective if train.judge_once else classsr_objective,
            criterion=train.pixel_criterion,
            class_shares=shares,
            costs=_costs(network, budgets=train.budgets),
            budgets=train.budgets,
        )
    if not train.static_graph:
        return objective
    if train.amp is not None:
        raise ClassSRError("train.static_graph: not together with train.amp; leave one out")
    graph = as_graph(network)
    return lambda _, lr, hr: objective(graph, lr, hr)


def _costs(network: nn.Layer, *, budgets: Sequence[float]) -> list[float]:
    """What the branches cost as shares of the widest one, if there are budgets to hold."""
    if not budgets:
        return []
    costs = count_parts(network).shares
    if min(budgets) <= min(costs):
        raise ClassSRError(
            f"train.budgets: {min(budgets):g} is less than the smallest branch takes, "
            f"{min(costs):.3f} of the widest one"
        )
    return costs


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
    return replace(guard, spike=guard.spike**2) if options.pixel_criterion == "l2" else guard


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


def build_batches(options: TrainOptions, network: nn.Layer) -> BatchesFrom:
    """Makes this process's share of the batches; see `Trainer`.

    Where sub-images are judged once, it is when the first batches are asked for.
    """
    section = options.datasets.train
    dataset = build_training_set(section, scale=options.scale)
    if section.batch_size % (ranks.world() * options.train.accumulate):
        raise ClassSRError(
            f"datasets.train.batch_size: expected a multiple of {ranks.world()} processes x "
            f"{options.train.accumulate} parts (train.accumulate), found {section.batch_size}"
        )

    def errors(between: Callable[[], None]) -> np.ndarray:
        criterion = options.train.pixel_criterion
        return known_errors(
            options.path.experiments / options.name / f"errors_{criterion}.npy",
            dataset,
            partial(choose_runner, network, precision="float32"),
            criterion=criterion,
            between=between,
        )

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
            targets=errors(between) if options.train.judge_once else None,
        )

    return batches_from


def build_trainer(options: TrainOptions, network: nn.Layer) -> Trainer:
    """What trains a network as the options say."""
    train = options.train
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
        },
        schedule=build_schedule(options),
        batches=build_batches(options, network),
        validate=validate if validation else None,
        experiment=build_experiment(options),
        amp=train.amp,
        pin_memory=options.datasets.train.pin_memory,
        accumulate=train.accumulate,
        niter=train.niter,
        print_freq=options.logger.print_freq,
        val_freq=options.val.val_freq,
        save_freq=options.logger.save_checkpoint_freq,
    )
