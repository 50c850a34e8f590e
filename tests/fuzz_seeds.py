"""Small sound files of every kind that is read, for `fuzz` to damage."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image
from PIL.ExifTags import Base

import handmade
import odd_files
from classsr.checkpoints.native import save_network
from classsr.checkpoints.published.writer import write_npz, write_pth
from classsr.checkpoints.torch_names import to_published
from classsr.models.bounds import SCALES
from classsr.models.spec import classsr_spec, create
from classsr.runtime.export import ExportManifest, Part
from classsr.system.files import checksum
from torch_files import Tensor, legacy

OPTIONS = Path(__file__).parent.parent / "options"
SIDE = 12
PROFILE = odd_files.PROFILE[:24] + bytes(12) + odd_files.PROFILE[36:]  # without the time


@dataclass(frozen=True)
class Seed:
    """A sound file.

    kind: who reads it, see `fuzz.READERS`; name: of the file.
    content: what is damaged; wrap: makes a file of that, with checksums and lengths that fit, so
        that what lies behind them is reached.
    """

    kind: str
    name: str
    content: bytes
    wrap: Callable[[bytes], bytes] = bytes


def make_seeds(folder: Path) -> list[Seed]:
    """All sound files. folder: a new one, for what is written on the way."""
    folder.mkdir(parents=True)
    exported = folder.parent / "exported"
    return [
        *_pictures(folder),
        *_weights(folder),
        Seed("exported", "manifest.json", _manifest(exported)),
        *(Seed("options", p.name, p.read_bytes()) for p in sorted(OPTIONS.glob("t*FSRCNN*.yml"))),
        *(Seed("options", p.name, p.read_bytes()) for p in sorted(OPTIONS.glob("base/*.yml"))),
    ]


def _pictures(folder: Path) -> list[Seed]:
    rgb, rgba, grey = (odd_files.smooth(SIDE, SIDE, channels=number) for number in (3, 4, 1))
    exif = Image.Exif()
    exif[Base.Orientation], exif[Base.Make] = 6, "Camera"
    exif.get_ifd(Base.ExifOffset)[Base.DateTimeOriginal] = "2024:05:06 07:08:09"
    tagged = {"exif": exif, "icc_profile": PROFILE}
    frames = [Image.fromarray(np.roll(rgba, n, axis=0)) for n in range(3)]
    moving = {"save_all": True, "append_images": frames[1:], "duration": 40}
    saved = {
        "a.jpg": (rgb, tagged),
        "a.png": (rgba, tagged),
        "palette.png": (Image.fromarray(rgb).quantize(8), {"transparency": b"\1\2\3"}),
        "apng.png": (frames[0], moving),
        "a.webp": (rgba, tagged),
        "moving.webp": (frames[0], moving),
        "a.gif": (frames[0], moving),
        "lzw.tif": (rgba, {"compression": "tiff_lzw", **tagged}),
        "jpeg.tif": (rgb, {"compression": "jpeg"}),
        "cmyk.tif": (Image.fromarray(rgb).convert("CMYK"), {}),
        "pages.tif": (frames[0], {"save_all": True, "append_images": frames[1:]}),
        **{
            f"a.{ending}": (rgb, {}) for ending in ("bmp", "tga", "ppm", "ico", "pcx", "sgi", "jp2")
        },
        "a.qoi": (rgb, {}),
        "a.dds": (rgba, {}),
        "a.avif": (rgb, tagged),
    }
    seeds = []
    for name, (image, options) in saved.items():
        file = folder / name
        try:
            image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
            image.save(file, **options)
        except (KeyError, OSError, ValueError):  # this Pillow does not write the format
            continue
        seeds.append(Seed("picture", name, file.read_bytes()))
        if file.suffix == ".png":
            seeds.append(Seed("picture", f"sound {name}", file.read_bytes(), with_checksums))
    deep = odd_files.deep(rgba)
    for photometric, samples, planar in ((2, deep, True), (0, deep[:, :, :1], False)):
        extra = {338: (handmade.SHORT, [1])} if samples.shape[2] == 4 else {}
        content = handmade.tiff(samples, photometric=photometric, planar=planar, more=extra)
        seeds.append(Seed("picture", f"{photometric}.tif", content))
    rows = [row.astype(">u2").tobytes() for row in odd_files.deep(grey)]
    key = handmade.chunk(b"tRNS", b"\0\7") + handmade.chunk(b"gAMA", b"\0\0\xb1\x8f")
    content = handmade.png(rows, width=SIDE, depth=16, colour_type=0, before=key)
    return [*seeds, Seed("picture", "key.png", content, with_checksums)]


def with_checksums(content: bytes) -> bytes:
    """A PNG file whose chunks have the checksums that fit, as far as there are chunks."""
    fixed, place = bytearray(content), 8
    while place + 12 <= len(fixed):
        end = place + 8 + int.from_bytes(fixed[place : place + 4], "big")
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[place + 4 : end]))
        place = end + 4
    return bytes(fixed)


def _weights(folder: Path) -> list[Seed]:
    spec = classsr_spec([{"type": "FSRCNN", "d": d, "s": 2, "m": 1} for d in (2, 3)])
    network = create(spec, scale=4)
    rng = np.random.default_rng(0)
    for tensor in network.state_dict().values():
        tensor.set_value(rng.random(tensor.shape, dtype=np.float32))
    published = to_published(network)
    save_network(folder / "own.safetensors", network, spec=spec)
    write_pth(folder / "zip.pth", published)
    write_npz(folder / "a.npz", published)
    (folder / "plain.safetensors").write_bytes(safetensors.numpy.save(published))
    (folder / "nested.pdparams").write_bytes(pickle.dumps({"params": published}, 2))
    (folder / "a.pdparams").write_bytes(pickle.dumps(published, 4))
    storage = np.arange(24, dtype=np.float32)
    tensors = {
        "a.weight": Tensor("0", (2, 3, 2, 2), (12, 4, 2, 1)),
        "a.bias": Tensor("0", (2,), (1,)),
    }
    (folder / "legacy.pth").write_bytes(legacy(tensors, {"0": storage}))
    names = ("zip.pth", "a.npz", "plain.safetensors", "nested.pdparams", "a.pdparams", "legacy.pth")
    seeds = [Seed("published", name, (folder / name).read_bytes()) for name in names]
    for name, member in (
        ("zip.pth", "archive/data.pkl"),
        ("a.npz", "net1.conv_first.0.weight.npy"),
    ):
        with zipfile.ZipFile(folder / name) as archive:
            entries = {entry: archive.read(entry) for entry in archive.namelist()}
        member = member if member in entries else next(iter(entries))
        seeds.append(Seed("published", f"sound {name}", entries[member], _zipped(entries, member)))
    own = (folder / "own.safetensors").read_bytes()
    end = 8 + int.from_bytes(own[:8], "little")
    head = json.loads(own[8:end])
    description = head["__metadata__"]["description"].encode()

    def with_header(text: bytes) -> bytes:
        return struct.pack("<Q", len(text)) + text + own[end:]

    def with_description(text: bytes) -> bytes:
        told = {"__metadata__": {"description": text.decode("utf-8", "replace")}}
        return with_header(json.dumps(head | told).encode())

    return [
        *seeds,
        Seed("checkpoint", "own.safetensors", own),
        Seed("checkpoint", "header.safetensors", own[8:end], with_header),
        Seed("checkpoint", "description.safetensors", description, with_description),
    ]


def _zipped(entries: dict[str, bytes], member: str) -> Callable[[bytes], bytes]:
    def wrap(content: bytes) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in entries.items():
                archive.writestr(zipfile.ZipInfo(name), content if name == member else data)
        return file.getvalue()

    return wrap


def _manifest(folder: Path) -> bytes:
    """The manifest of a folder of files that only look like exported ones."""
    folder.mkdir()
    parts = [Part(name=f"branch{n}", flops=n, flops_exact=n) for n in (1, 2)]
    classifier = Part(name="classifier", flops=1, flops_exact=1)
    files = [folder / f"{part.name}.onnx" for part in (*parts, classifier)]
    for file in files:
        file.write_bytes(file.name.encode())
    manifest = ExportManifest(
        network=classsr_spec([{"type": "FSRCNN", "d": 2}, {"type": "FSRCNN", "d": 3}]),
        scale=SCALES[-1],
        classifier=classifier,
        branches=parts,
        sha256={file.name: checksum(file) for file in files},
    )
    return manifest.model_dump_json(indent=1).encode()
