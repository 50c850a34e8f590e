"""A training from its options: what it minimises, what it changes, and its loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import paddle
from paddle import nn

from classsr.build.data import build_pairs, build_protocol, build_training_set
from classsr.build.network import build_network, network_spec
from classsr.build.objective import build_objective, build_schedule, check_terms, loss_weights
from classsr.data.loader import Batch, batches
from classsr.errors import ClassSRError
from classsr.evaluation.image_scores import validation_psnr
from classsr.inference.run_tiles import Restored
from classsr.options.schema.train_stage import TrainStageOptions
from classsr.options.schema.training import TrainOptions
from classsr.runtime.paddle_runner import PaddleRunner
from classsr.system import distributed
from classsr.training.divergence import DivergenceDetector
from classsr.training.ema import Ema
from classsr.training.experiment import Experiment
from classsr.training.optimizer_state import begin_optimizer
from classsr.training.state import State
from classsr.training.trainer import BatchesFrom, Trainer


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

        values = [
            validation_psnr(pairs, interruptible, crop_border=crop_border) for pairs in validation
        ]
        return sum(values) / len(values), sample[0] if sample else None

    check_terms(options, network)
    return Trainer(
        objective=build_objective(options, network),
        weights=loss_weights(train),
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
