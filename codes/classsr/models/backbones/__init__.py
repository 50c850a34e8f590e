"""The backbones. To add one, write its file here and name it in `BACKBONES`."""

from __future__ import annotations

from paddle import nn

from classsr.models.backbones.carn import CARN
from classsr.models.backbones.fsrcnn import FSRCNN
from classsr.models.backbones.full_carn import FullCARN
from classsr.models.backbones.linear import Linear
from classsr.models.backbones.rcan import RCAN
from classsr.models.backbones.sesr import SESR
from classsr.models.backbones.srfbn import SRFBN
from classsr.models.backbones.srresnet import SRResNet
from classsr.models.backbones.vdsr import VDSR

BACKBONES: dict[str, type[nn.Layer]] = {
    "FSRCNN": FSRCNN,
    "CARN": CARN,
    "SRResNet": SRResNet,
    "RCAN": RCAN,
    "SESR": SESR,
    "Linear": Linear,
    "VDSR": VDSR,
    "FullCARN": FullCARN,
    "SRFBN": SRFBN,
}
