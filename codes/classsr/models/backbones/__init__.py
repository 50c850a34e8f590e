"""The backbones. To add one, write its file here and name both in `MODULES`."""

from __future__ import annotations

from importlib import import_module

from paddle import nn

MODULES = {
    "FSRCNN": "fsrcnn",
    "CARN": "carn",
    "SRResNet": "srresnet",
    "RCAN": "rcan",
    "SESR": "sesr",
    "Linear": "linear",
    "VDSR": "vdsr",
    "FullCARN": "full_carn",
    "SRFBN": "srfbn",
}
BACKBONES: dict[str, type[nn.Layer]] = {
    name: getattr(import_module(f"{__name__}.{module}"), name) for name, module in MODULES.items()
}
