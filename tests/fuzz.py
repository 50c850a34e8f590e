"""Damaged and hostile files for everything that reads files.

python tests/fuzz.py --cases 20000 --seed 0
python tests/fuzz.py --seed 0 --case 123          # one case again; its file stays

Every case is read, or is a ClassSRError of one printable line, within bounds of time and memory.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import resource
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import fuzz_seeds
from classsr.checkpoints.load import open_network
from classsr.checkpoints.published.reader import read_weights
from classsr.errors import ClassSRError, printable
from classsr.images.picture_reader import read_pictures
from classsr.images.rgb import read_image
from classsr.inference.upscaler import check_image
from classsr.options.loading import load_options
from classsr.options.schema.section import Section
from classsr.options.schema.testing import TestOptions
from classsr.options.schema.training import TrainOptions
from classsr.runtime.export import MANIFEST, read_manifest
from fuzz_seeds import Seed

SECONDS = 20.0  # of the processor, for a case
BYTES = 3 * 2**30  # a case may raise the peak of the memory by; 178 megapixels of 16 bits and more
LONGEST = 2000  # characters of a message
HANGING = 600  # seconds after which the process ends with a traceback
TOKENS = (
    *(b"0", b"-1", b"2.5", b"1e400", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"9" * 30),
    *(b"~", b"[", b"{", b": ", b"- ", b"&a [*a]", b"<<: *a", b"!!python/name:os.system", b"040"),
    *(b"../x", b"/etc/passwd", b"\0", b"\n", b"\x1b[31m", b'"\\u0000"', "\u202e".encode(), b"\xff"),
)


def all_pictures(path: Path) -> None:
    """Every page and frame of a file."""
    for picture in read_pictures(path, frames="all"):
        check_image(picture.pixels)


def options_of(path: Path) -> Section:
    """The options of a training or, by its name, of a test."""
    return load_options(path, kind=TestOptions if path.name.startswith("test") else TrainOptions)


READERS: dict[str, Sequence[Callable[[Path], object]]] = {
    "picture": (all_pictures, read_image),
    "published": (read_weights, open_network),
    "checkpoint": (open_network,),
    "exported": (lambda path: read_manifest(path.parent),),
    "options": (options_of,),
}


@dataclass
class Outcomes:
    """How many readings gave something and how many were refused; what went wrong."""

    read: int = 0
    refused: int = 0
    findings: list[str] | None = None


def mutated(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, cut out, repeated, put in, taken from another file, or cut off."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        start = rng.randrange(len(changed) + 1)
        if rng.random() < 0.25:  # heads and directories stand at the beginning
            start = min(start, rng.randrange(64))
        stop = start + rng.choice((1, 2, 4, 8, rng.randrange(1, 200)))
        width = rng.choice((1, 2, 4, 8))
        number = rng.choice((0, 1, 2, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, 2**width))
        order = rng.choice((">", "<"))
        piece = {
            "flip": bytes(byte ^ 1 << rng.randrange(8) for byte in changed[start : start + 1]),
            "number": struct.pack(f"{order}Q", number)[: width if order == "<" else 8][-width:],
            "cut": b"",
            "repeat": bytes(changed[start:stop]) * rng.choice((2, 2, 50)),
            "token": rng.choice(TOKENS),
            "other": other[start:stop],
        }
        kind = rng.choice(("end", *piece))
        if kind == "end":
            del changed[start:]
        elif kind == "token":
            changed[start : start + rng.choice((0, 1, 3))] = piece[kind]
        else:
            length = len(piece[kind]) if kind in ("flip", "number") else stop - start
            changed[start : start + length] = piece[kind]
    return bytes(changed)


def make_case(seeds: Sequence[Seed], seed: int, case: int) -> tuple[Seed, bytes]:
    """The sound file that a case damages, and what it makes of it."""
    rng = random.Random(f"{seed}/{case}")
    kind = rng.choice(tuple(READERS))
    chosen, other = (rng.choice([one for one in seeds if one.kind == kind]) for _ in range(2))
    return chosen, chosen.wrap(mutated(chosen.content, other.content, rng))


def mistake(read: Callable[[Path], object], path: Path, outcomes: Outcomes) -> str | None:
    """Read a file; what is wrong with how that went."""
    begin, peak = time.process_time(), peak_memory()
    wrong = None
    try:
        read(path)
        outcomes.read += 1
    except ClassSRError as error:
        outcomes.refused += 1
        text = str(error)
        if printable(text) != text or len(text) > LONGEST:
            wrong = f"a message that is no line: {text[:LONGEST]!r}"
    except Exception as error:
        wrong = f"{type(error).__name__}: {error!s:.300}"
    seconds, more = time.process_time() - begin, peak_memory() - peak
    if seconds > SECONDS:
        wrong = f"took {seconds:.0f} s"
    if more > BYTES:
        wrong = f"took {more / 1e9:.1f} GB"
    return wrong


def peak_memory() -> int:
    """Bytes that this process has held at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_cases(cases: Sequence[int], *, seed: int, folder: Path, show: bool = False) -> Outcomes:
    """Read the files of some cases; a crash leaves the last one in the folder."""
    seeds = fuzz_seeds.make_seeds(folder / "seeds")
    outcomes = Outcomes(findings=[])
    for case in cases:
        chosen, content = make_case(seeds, seed, case)
        path = folder / chosen.kind / (MANIFEST if chosen.kind == "exported" else chosen.name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        if show:
            print(f"\r{case} {chosen.name:30}", end="", file=sys.stderr, flush=True)
        for read in READERS[chosen.kind]:
            faulthandler.dump_traceback_later(HANGING, exit=True)
            wrong = mistake(read, path, outcomes)
            faulthandler.cancel_dump_traceback_later()
            if wrong:
                outcomes.findings.append(f"--seed {seed} --case {case} ({chosen.name}): {wrong}")
                print(outcomes.findings[-1], flush=True)
        path.unlink() if len(cases) > 1 else print(path)
    return outcomes


def main() -> None:
    """Run cases and end with status 1 where one is a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="one of them alone")
    given = parser.parse_args()
    numbers = range(given.first, given.first + given.cases)
    cases = numbers if given.case is None else [given.case]
    folder = Path(tempfile.mkdtemp(prefix="classsr-fuzz-"))
    faulthandler.enable()
    outcomes = run_cases(cases, seed=given.seed, folder=folder, show=True)
    print(f"\n{outcomes.read} read, {outcomes.refused} refused, {len(outcomes.findings)} findings")
    sys.exit(1 if outcomes.findings else 0)


if __name__ == "__main__":
    main()
