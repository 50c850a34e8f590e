"""Read and write whole files; a half-written one never stands under its final name."""

from __future__ import annotations

import os
from pathlib import Path

from classsr.errors import ClassSRError


def read_bytes(path: Path) -> bytes:
    """The content of a file; ClassSRError with the system's reason where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ClassSRError(f"{path}: cannot be read ({error.strerror})") from error


def is_there(path: Path) -> bool:
    """Whether a file or folder exists; ClassSRError where the system does not tell."""
    try:
        return path.exists()
    except OSError as error:
        raise ClassSRError(f"{path}: cannot be looked for ({error.strerror})") from error


def write_atomic(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name beside its place, then move it there.

    The folder is made where it is missing. The temporary name is always the same, so a run that
    was killed leaves nothing behind once it is repeated. A full disk, a read-only folder and the
    like raise ClassSRError.

    durable: wait until the content is on the disk, so that it outlives a power cut; who writes
    many files may leave that out and call os.sync at the end.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            partial.replace(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> ClassSRError:
    """The error for a path that the system refuses to write, with the system's reason."""
    reason = error.strerror or str(error)
    return ClassSRError(
        f"{path}: cannot be written ({reason}); free space or choose another folder"
    )
