"""A router against its baselines."""

from __future__ import annotations

import numpy as np
import pytest

from classsr.evaluation.image_scores import crop_ground_truth
from classsr.evaluation.metrics import psnr
from classsr.evaluation.router_study import (
    ALONE,
    ARGMAX,
    CHOICES,
    EveryBranch,
    compare_routers,
    mean_points,
    recovered,
    through_every_branch,
)
from classsr.inference.paper_protocol import paper_protocol
from classsr.inference.routing import most_probable
from classsr.models.classsr import ClassSR
from classsr.models.flops import count_network
from classsr.models.spec import classsr_spec
from classsr.runtime.paddle_runner import PaddleRunner
from samples import photograph, routed_by_brightness

SPEC = classsr_spec([{"type": "FSRCNN", "d": d, "init": "bicubic"} for d in (8, 12, 16)])
CROP = 4


@pytest.fixture(scope="module")
def network() -> ClassSR:
    return routed_by_brightness(SPEC)


@pytest.fixture(scope="module")
def runner(network: ClassSR) -> PaddleRunner:
    return PaddleRunner(network)


@pytest.fixture(scope="module")
def branches(runner: PaddleRunner) -> EveryBranch:
    """Six tiles, of which the right ones are bright."""
    lr = photograph(70, 95)
    lr[:, 60:] = 255 - lr[:, 60:] // 8
    return through_every_branch(lr, runner, tile=32, stride=28, batch_size=None)


def test_a_routing_is_what_the_protocol_computes(
    branches: EveryBranch, runner: PaddleRunner
) -> None:
    expected = paper_protocol(branches.lr, runner)
    routed = branches.routed(most_probable(branches.logits))
    assert len(set(expected.classes.tolist())) > 1
    np.testing.assert_array_equal(routed.classes, expected.classes)
    np.testing.assert_array_equal(routed.image, expected.image)
    np.testing.assert_array_equal(routed.computed, expected.computed)


def test_errors_of_tiles_without_overlap_sum_to_that_of_the_image(runner: PaddleRunner) -> None:
    lr, hr = photograph(64, 96), photograph(256, 384)
    branches = through_every_branch(lr, runner, tile=32, stride=32, batch_size=4)
    classes = np.arange(6) % 3
    routed = branches.routed(classes)
    expected = crop_ground_truth(hr, routed)
    total = branches.errors(expected, crop_border=CROP)[range(6), classes].sum()
    values = 3 * (256 - 2 * CROP) * (384 - 2 * CROP)
    assert 10 * np.log10(255**2 / (total / values)) == pytest.approx(
        psnr(routed.image, expected, crop_border=CROP), abs=1e-4
    )


def test_all_choices_share_counts_and_cost(branches: EveryBranch, network: ClassSR) -> None:
    hr = photograph(280, 380, seed=1)
    points = list(
        compare_routers(
            "photograph",
            hr,
            branches,
            count_network(network),
            names=["small", "medium", "large"],
            classes={ARGMAX: most_probable(branches.logits)},
            crop_border=CROP,
        )
    )
    alone, routed = points[:3], points[3:]
    assert [point.setting for point in alone] == ["small", "medium", "large"]
    assert [point.tiles for point in alone] == [(6, 0, 0), (0, 6, 0), (0, 0, 6)]
    assert [point.choice for point in routed] == list(CHOICES)
    assert len({(point.tiles, point.flops) for point in routed}) == 1
    result = branches.routed(most_probable(branches.logits))
    assert routed[0].psnr == psnr(result.image, crop_ground_truth(hr, result), crop_border=CROP)


def test_the_mean_is_over_the_images(branches: EveryBranch, network: ClassSR) -> None:
    cost, classes = count_network(network), {ARGMAX: most_probable(branches.logits)}
    points = [
        list(
            compare_routers(
                name, hr, branches, cost, names=["small"], classes=classes, crop_border=CROP
            )
        )
        for name, hr in (("a", photograph(280, 380)), ("b", photograph(280, 380, seed=1)))
    ]
    means = mean_points(points[0] + points[1])
    assert [point.choice for point in means] == [ALONE, *CHOICES]
    for mean, a, b in zip(means, *points, strict=True):
        assert mean.psnr == pytest.approx((a.psnr + b.psnr) / 2)
        assert mean.flops.paper == pytest.approx(a.flops.paper)
        assert sum(mean.tiles) == 2 * len(branches.tiling)


def test_the_share_of_the_way_to_the_oracle() -> None:
    assert recovered(random=30.0, chosen=30.3, oracle=30.4) == pytest.approx(0.75)
    assert recovered(random=30.0, chosen=29.9, oracle=30.4) == pytest.approx(-0.25)
    assert recovered(random=30.0, chosen=30.0, oracle=30.0) is None
