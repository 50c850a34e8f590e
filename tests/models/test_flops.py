"""The FLOPs counter against the published figures and closed formulas."""

from __future__ import annotations

import paddle
import pytest
from paddle import nn

from alignment import WIDTHS, plain_spec
from classsr.errors import ClassSRError
from classsr.models.backbones.carn import CARN
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.classifier import Classifier
from classsr.models.classsr import ClassSR
from classsr.models.cost import Cost, NetworkCost
from classsr.models.flops import count, count_network
from classsr.models.spec import create

PUBLISHED = {  # millions of FLOPs on a 32x32 tile, as the paper's code counts them
    "FSRCNN": (141.26, 304.57, 467.88),
    "CARN": (380.53, 771.88, 1155.19),
    "SRResNet": (1658.2, 3438.0, 5194.0),
    "RCAN": (10329.9, 19907.9, 32600.1),
}


@pytest.mark.parametrize("branch", [0, 1, 2])
@pytest.mark.parametrize("backbone", WIDTHS)
def test_published_figures(backbone: str, branch: int) -> None:
    network = create(plain_spec(backbone, branch), scale=4)
    assert count(network).paper / 1e6 == pytest.approx(PUBLISHED[backbone][branch], rel=5e-4)


def test_classifier() -> None:
    assert count(Classifier()).paper / 1e6 == pytest.approx(7.60, rel=5e-4)


@pytest.mark.parametrize(("d", "millions"), [(16, 21.82), (36, 35.83), (56, 49.84)])
def test_exact_counts_the_deconvolution_at_its_inputs(d: int, millions: float) -> None:
    assert count(FSRCNN(d=d)).exact / 1e6 == pytest.approx(millions, rel=5e-4)


def test_closed_formula_with_groups_and_stride() -> None:
    layer = nn.Sequential(nn.Conv2D(3, 8, 3, stride=2, padding=1), nn.Conv2D(8, 4, 1, groups=2))
    expected = 2 * (10 * 12 * 8 * 3 * 9) + 2 * (10 * 12 * 4 * 4)
    assert count(layer, height=20, width=24).paper == expected


def test_a_shared_block_counts_each_time_it_runs() -> None:
    network = CARN(nf=8)
    block = network.b1.b1.body[0]
    expected = 3 * 3 * 2 * (32 * 32 * 8 * 2 * 9)  # three cascades of three runs
    without = count(network).paper
    for cascade in (network.b1, network.b2, network.b3):
        cascade.b1.body[0] = nn.Softsign()
    assert isinstance(block, nn.Conv2D)
    with pytest.raises(ClassSRError, match="Softsign"):
        count(network)
    for cascade in (network.b1, network.b2, network.b3):
        cascade.b1.body[0] = nn.ReLU()
    assert without - count(network).paper == expected


def test_an_unknown_layer_is_an_error() -> None:
    with pytest.raises(ClassSRError, match="Conv3D"):
        count(nn.Sequential(nn.Conv3D(3, 3, 1)))


def test_counting_leaves_the_network_as_it_was() -> None:
    network = CARN(nf=8)
    network.train()
    before = network.c1[1]._mean.numpy()
    count(network)
    assert network.training
    assert (network.c1[1]._mean.numpy() == before).all()
    assert network(paddle.zeros([1, 3, 8, 8])).shape == [1, 3, 32, 32]


def test_parts_of_classsr_and_of_a_plain_network() -> None:
    branches = [FSRCNN(d=16), FSRCNN(d=56)]
    cost = count_network(ClassSR(classifier=Classifier(num_classes=2), branches=branches))
    assert [branch.paper for branch in cost.branches] == [count(b).paper for b in branches]
    assert cost.classifier.paper > 0
    plain = count_network(branches[0])
    assert plain.classifier.paper == 0
    assert plain.branches == cost.branches[:1]


@pytest.mark.parametrize("flops", [[2e6, 1e6], [1e6, 1e6, 2e6]])
def test_branches_ascend_in_cost(flops: list[float]) -> None:
    branches = tuple(Cost(paper=value, exact=value) for value in flops)
    with pytest.raises(ClassSRError, match="expected ascending costs; name the simple"):
        NetworkCost(tile=32, classifier=Cost(), branches=branches)


def test_a_classifier_of_a_quarter_of_the_width_costs_a_tenth() -> None:
    narrow, published = count(Classifier(width=32)).paper, count(Classifier()).paper
    assert narrow == 2 * 64 * (48 * 32 + 3 * 32 * 32 + 32 * 32) + 2 * 32 * 3
    assert narrow < 0.1 * published
