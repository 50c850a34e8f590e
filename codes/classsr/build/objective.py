"""What a training minimises: its objective, the weights of its terms, its targets and its rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import paddle
from paddle import nn

from classsr.build.data import build_training_set
from classsr.errors import ClassSRError
from classsr.models.classifier import PATCH
from classsr.models.flops import count_network
from classsr.options.schema.train_stage import CosineOptions, TrainStageOptions
from classsr.options.schema.training import TrainOptions
from classsr.runtime.graphs import as_graph
from classsr.runtime.select import choose_runner
from classsr.training.branch_errors import precompute_branch_errors
from classsr.training.gain_targets import gains_of_steps
from classsr.training.lr_schedule import Schedule, cosine_restart, multi_step, warmed_up
from classsr.training.objectives import (
    Objective,
    branch_objective,
    classifier_objective,
    classsr_objective,
)


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
    objective = _terms(options, network)
    if not options.train.static_graph:
        return objective
    if options.train.amp is not None:
        raise ClassSRError("train.static_graph: not together with train.amp; leave one out")
    graph = as_graph(network)
    return lambda _, lr, hr: objective(graph, lr, hr)


def _terms(options: TrainOptions, network: nn.Layer) -> Objective:
    train = options.train
    objective: Objective = partial(branch_objective, criterion=train.pixel_criterion)
    if options.trained is None:
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
    return objective


def check_budgets(budgets: Sequence[float], *, costs: Sequence[float]) -> None:
    """Raise ClassSRError where the smallest branch does not meet every budget."""
    if budgets and min(budgets) <= min(costs):
        raise ClassSRError(
            f"train.budgets: {min(budgets):g} is less than the smallest branch takes, "
            f"{min(costs):.3f} of the widest one"
        )


def loss_weights(options: TrainStageOptions) -> dict[str, float]:
    """The factor of every term that an objective may give, by its name."""
    return {
        options.pixel_criterion: options.pixel_loss_weight,
        "class": options.class_loss_weight,
        "average": options.average_loss_weight,
        "gain": 1.0,
    }


@paddle.no_grad()
def check_terms(options: TrainOptions, network: nn.Layer) -> None:
    """Raise ClassSRError for a term of the objective that has no weight, before the first step."""
    patches, scale = 4, options.scale
    side = patches * PATCH
    lr = paddle.zeros([1, 3, side, side])
    target = paddle.zeros([1, 3, scale * side, scale * side])
    if options.train.precompute_branch_errors:
        target = paddle.zeros([1, patches, patches, len(options.branches) - 1])
    was_training = network.training
    network.eval()  # batch norm must not learn from the zeros
    found = _terms(options, network)(network, lr, target).losses
    if was_training:
        network.train()
    for name in found:
        if name not in loss_weights(options.train):
            raise ClassSRError(
                f"the loss term {name!r} has no weight; give it one in "
                f"classsr/build/objective.py, loss_weights"
            )


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
    check_interrupt: called between chunks; what it raises ends the work.
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
