"""Read and write whole files; a half-written one never stands under its final name."""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from classsr.errors import ClassSRError

PARTIAL = ".*.part"  # what a file is called while it is written


def read_bytes(path: Path, *, most: float = math.inf) -> bytes:
    """The content of a regular file; ClassSRError with the reason where it cannot be read.

    A pipe or a device is refused: it might never end. So are more than `most` bytes.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ClassSRError(f"{path}: expected a file, found a pipe or a device")
            if found.st_size > most:
                raise ClassSRError(
                    f"{path}: has {found.st_size:,} bytes; at most {int(most):,} are read"
                )
            return file.read()
    except IsADirectoryError as error:
        raise ClassSRError(f"{path}: expected a file, found a folder") from error
    except (OSError, ValueError) as error:
        raise ClassSRError(f"{path}: cannot be read ({_reason(error)})") from error


def checksum(path: Path) -> str:
    """The SHA-256 of a file's content in hexadecimal digits."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def is_there(path: Path) -> bool:
    """Whether a file or folder exists; ClassSRError where the system does not tell."""
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        raise ClassSRError(f"{path}: cannot be looked for ({_reason(error)})") from error


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name of its own beside its place, then move it there.

    The folder is made where it is missing. A link stays, and the file that it leads to is
    replaced; into a pipe or a device the content is written. Several processes may write one file:
    the last one's stands, whole. A full disk, a read-only folder and the like raise ClassSRError.

    durable: wait until the content is on the disk, so that it outlives a power cut; who writes
    many files may leave that out and call os.sync at the end.
    """
    try:
        if _is_stream(path):
            with path.open("ab") as file:
                file.write(content)
            return
        place = path.resolve() if path.is_symlink() else path
        place.parent.mkdir(parents=True, exist_ok=True)
        with _partial(place.parent) as (partial, file):
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            partial.replace(place)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a link to itself
        raise cannot_write(path, error) from error


def remove_partials(folder: Path, *, below: bool = False) -> None:
    """Remove what killed processes left half-written in a folder; what is being written stays.

    below: in the folders below it, too.
    """
    with suppress(OSError):
        for path in folder.rglob(PARTIAL) if below else folder.glob(PARTIAL):
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def cannot_write(path: Path, error: Exception) -> ClassSRError:
    """The error for a path that the system refuses to write, with the system's reason."""
    return ClassSRError(
        f"{path}: cannot be written ({_reason(error)}); free space or choose another folder"
    )


@contextmanager
def _partial(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file in a folder, locked while it is written; it goes where an error comes."""
    path, file = _new_partial(folder)
    with file:
        try:
            yield path, file
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _new_partial(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        path = folder / f".{secrets.token_hex(8)}.part"
        file = path.open("xb")
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():  # not removed as a killed process's before it was locked
            return path, file
        file.close()


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe, a device, or the standard output that leads to a file."""
    if not path.exists() or path.is_dir():
        return False
    return not path.is_file() or path.is_relative_to("/dev")


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for a pipe's writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
