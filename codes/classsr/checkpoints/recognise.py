"""Which network some weights are of, by their published names and shapes.

To make a backbone recognisable, write what its shapes tell and name it in `ARCHITECTURES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from classsr.errors import ClassSRError
from classsr.models.spec import classsr_spec

RANGE_ASSUMED = "weights do not tell the range of {}'s images: 0..255 is taken"
Shapes = Mapping[str, tuple[int, ...]]
USUAL_SCALE = 4
USUAL_WIDTH = 128  # of the classifier
USUAL_STEPS = 4  # of SRFBN


@dataclass(frozen=True)
class Recognised:
    """A network as weights show it.

    spec: its description, see `models.spec`; options that leave no trace in weights are left out.
    scale: None where the weights do not tell.
    assumed: what cannot be known from weights and how it is taken, a sentence each.
    """

    spec: dict[str, Any]
    scale: int | None
    assumed: tuple[str, ...] = ()


def recognise(shapes: Shapes) -> Recognised:
    """The network with weights of these published names and shapes.

    Raises ClassSRError where none here has such names, or branches that fit each other.
    """
    prefixes = sorted({match[1] for name in shapes if (match := re.match(r"(net\d+)\.", name))})
    if not prefixes:
        return _backbone(shapes)
    branches = [
        _backbone({name[len(p) + 1 :]: s for name, s in shapes.items() if name.startswith(f"{p}.")})
        for p in [f"net{number}" for number in range(1, len(prefixes) + 1)]
    ]
    scales = {branch.scale for branch in branches}
    if len(scales) > 1 and None in scales:  # a branch that tells speaks for those that do not
        scales.remove(None)
    if len(scales) > 1:
        raise ClassSRError(f"its branches enlarge {sorted(map(str, scales))} times")
    assumed = dict.fromkeys(sentence for branch in branches for sentence in branch.assumed)
    width = shapes.get("classifier.CondNet.0.weight", (USUAL_WIDTH,))[0]
    spec = classsr_spec(
        [branch.spec for branch in branches],
        classifier={} if width == USUAL_WIDTH else {"width": width},
    )
    return Recognised(spec, scales.pop(), tuple(assumed))


def _backbone(shapes: Shapes) -> Recognised:
    if any(0 in shape for shape in shapes.values()):
        raise ClassSRError("holds empty arrays, which no network has")
    for name, (mark, other, read) in ARCHITECTURES.items():
        if mark in shapes and other in shapes:
            try:
                return read(shapes)
            except (KeyError, IndexError, ValueError, ZeroDivisionError):
                raise ClassSRError(f"has names of {name}, but arrays that do not fit") from None
    found = ", ".join(list(shapes)[:5]) or "nothing"
    raise ClassSRError(
        f"is of a network that is not known here ({found}, ...); "
        f"known are ClassSR and {', '.join(ARCHITECTURES)}"
    )


def _fsrcnn(shapes: Shapes) -> Recognised:
    d, s = shapes["head_conv.0.weight"][0], shapes["body_conv.0.0.weight"][0]
    m = _count(shapes, r"body_conv\.(\d+)\.weight", dimensions=4)
    return Recognised({"type": "FSRCNN", "d": d, "s": s, "m": m}, None)


def _carn(shapes: Shapes) -> Recognised:
    nf = shapes["entry.weight"][0]
    group = nf // shapes["b1.b1.body.0.weight"][1]
    steps = _shuffles(shapes, r"upsample\.up\.body\.(\d+)\.weight", width=nf)
    return Recognised({"type": "CARN", "nf": nf, "group": group}, steps)


def _srresnet(shapes: Shapes) -> Recognised:
    nf = shapes["conv_first.weight"][0]
    nb = _count(shapes, r"recon_trunk\.(\d+)\.conv1\.weight")
    steps = _shuffles(shapes, r"upconv(\d+)\.weight", width=nf)
    return Recognised({"type": "SRResNet", "nf": nf, "nb": nb}, steps)


def _rcan(shapes: Shapes) -> Recognised:
    n_feats = shapes["head.0.weight"][0]
    attention = shapes["body.0.body.0.body.3.conv_du.0.weight"][0]
    spec = {
        "type": "RCAN",
        "n_feats": n_feats,
        "n_resgroups": _count(shapes, r"body\.(\d+)\.body\.0\.body\.0\.weight"),
        "n_resblocks": _count(shapes, r"body\.0\.body\.(\d+)\.body\.0\.weight"),
        # Several reductions give the same layers; the published one is 16.
        "reduction": 16 if n_feats // 16 == attention else n_feats // attention,
    }
    scale = _shuffles(shapes, r"tail\.0\.(\d+)\.weight", width=n_feats)
    return Recognised(spec, scale, (RANGE_ASSUMED.format("RCAN"),))


def _vdsr(shapes: Shapes) -> Recognised:
    nf = shapes["input.weight"][0]
    nb = _count(shapes, r"residual_layer\.(\d+)\.conv\.weight")
    return Recognised({"type": "VDSR", "nf": nf, "nb": nb}, None)


def _full_carn(shapes: Shapes) -> Recognised:
    nf = shapes["entry.weight"][0]
    multi = _count(shapes, r"upsample\.up2\.body\.0\.weight") > 0
    scale = None if multi else _shuffles(shapes, r"upsample\.up\.body\.(\d+)\.weight", width=nf)
    return Recognised({"type": "FullCARN", "nf": nf, "multi_scale": multi}, scale)


def _srfbn(shapes: Shapes) -> Recognised:
    groups = _count(shapes, r"block\.upBlocks\.(\d+)\.0\.weight")
    spec = {"type": "SRFBN", "m": shapes["feat_in.0.weight"][0], "groups": groups}
    scale = {6: 2, 7: 3, 8: 4}[shapes["out.0.weight"][2]]
    steps = f"weights do not tell how often SRFBN's block runs: {USUAL_STEPS} times are taken"
    return Recognised(spec, scale, (RANGE_ASSUMED.format("SRFBN"), steps))


def _matching(shapes: Shapes, pattern: str) -> Iterable[tuple[int, ...]]:
    return (shape for name, shape in shapes.items() if re.fullmatch(pattern, name))


def _count(shapes: Shapes, pattern: str, *, dimensions: int | None = None) -> int:
    """How many names match and, if that matters, have so many dimensions."""
    return sum(1 for s in _matching(shapes, pattern) if dimensions in (None, len(s)))


def _shuffles(shapes: Shapes, pattern: str, *, width: int) -> int:
    """The scale of the pixel shuffles behind some convolutions."""
    scale = 1
    for shape in _matching(shapes, pattern):
        scale *= {4: 2, 9: 3}[shape[0] // width]
    return scale


# Two names that only the weights of a backbone have, and what their shapes tell.
ARCHITECTURES: dict[str, tuple[str, str, Callable[[Shapes], Recognised]]] = {
    "FSRCNN": ("head_conv.0.weight", "body_conv.0.0.weight", _fsrcnn),
    "CARN": ("entry.weight", "b1.c1.0.weight", _carn),
    "SRResNet": ("conv_first.weight", "recon_trunk.0.conv1.weight", _srresnet),
    "VDSR": ("input.weight", "residual_layer.0.conv.weight", _vdsr),
    "FullCARN": ("entry.weight", "b1.c1.body.0.weight", _full_carn),
    "SRFBN": ("feat_in.0.weight", "block.upBlocks.0.0.weight", _srfbn),
    "RCAN": ("head.0.weight", "body.0.body.0.body.3.conv_du.0.weight", _rcan),
}
