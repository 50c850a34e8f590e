"""The networks.  To add a backbone, write its file and name it in `BACKBONES`."""

from __future__ import annotations

from paddle import nn

from classsr.models.carn import CARN
from classsr.models.classifier import Classifier
from classsr.models.classsr import ClassSR, split_network
from classsr.models.fsrcnn import FSRCNN
from classsr.models.linear import Linear
from classsr.models.rcan import RCAN
from classsr.models.sesr import SESR
from classsr.models.srresnet import SRResNet

BACKBONES: dict[str, type[nn.Layer]] = {
    "FSRCNN": FSRCNN,
    "CARN": CARN,
    "SRResNet": SRResNet,
    "RCAN": RCAN,
    "SESR": SESR,
    "Linear": Linear,
}

__all__ = [
    "BACKBONES",
    "CARN",
    "FSRCNN",
    "RCAN",
    "SESR",
    "ClassSR",
    "Classifier",
    "Linear",
    "SRResNet",
    "split_network",
]
