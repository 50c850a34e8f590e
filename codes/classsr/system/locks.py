"""One process at a time in a folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classsr.errors import ClassSRError

HELD = (errno.EWOULDBLOCK, errno.EACCES)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a folder; it is free again when the block or the process ends, however it ends.

    Nothing is written for it. Where the file system knows no locks, nobody is kept out.
    wait: until the folder is free. Otherwise raises ClassSRError where another process holds it.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno in HELD:
                raise ClassSRError(
                    f"{folder}: is in use by another process; wait until it has ended"
                ) from error
        yield
    finally:
        os.close(handle)
