"""Files that are whole or not there, whoever else writes them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classsr.errors import ClassSRError
from classsr.system.files import PARTIAL, read_bytes, remove_partials, write_atomic
from classsr.system.locks import locked


def test_many_writers_of_one_file_leave_a_whole_one(tmp_path: Path) -> None:
    contents = [bytes([number]) * 300_000 for number in range(8)]
    path = tmp_path / "file"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_atomic(path, content, durable=False), 5 * contents))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_names_as_long_as_the_system_allows(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("n" * 251 + ".png"), b"content")
    with pytest.raises(ClassSRError, match="File name too long"):
        write_atomic(tmp_path / ("n" * 256), b"content")


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "atomic", b"")
    (tmp_path / "plain").touch()
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_stays_and_a_device_is_written_into(tmp_path: Path) -> None:
    link, file = tmp_path / "link", tmp_path / "file"
    file.touch()
    link.symlink_to(file)
    write_atomic(link, b"content")
    assert link.is_symlink() and file.read_bytes() == b"content"

    code = "import sys; from classsr.system.files import *; write_atomic(Path('/dev/stdout'), b'2')"
    with (tmp_path / "out").open("wb") as out:
        out.write(b"1")
        out.flush()
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_bytes() == b"12"

    null = tmp_path / "null"
    null.symlink_to(os.devnull)
    write_atomic(null, b"content")
    assert null.is_symlink() and stat.S_ISCHR(Path(os.devnull).stat().st_mode)

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_atomic(pipe, b"content")
    reader.join()
    assert read == [b"content"] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    loop, folder = tmp_path / "loop", tmp_path / "folder"
    loop.symlink_to(loop)
    (folder / "below").mkdir(parents=True)
    for path in (loop, folder, tmp_path / "nul\0byte"):
        with pytest.raises(ClassSRError, match="cannot be written"):
            write_atomic(path, b"")
    assert not list(tmp_path.rglob(PARTIAL))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for name, reason in (
        ("pipe.png", "found a pipe or a device"),
        ("zero.png", "found a pipe or a device"),
        ("loop.png", "Too many levels of symbolic links"),
        ("missing.png", "No such file"),
        ("nul\0byte", "cannot be read"),
        (".", "found a folder"),
    ):
        with pytest.raises(ClassSRError, match=reason):
            read_bytes(tmp_path / name)
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ClassSRError, match=r"has 1,099,511,627,776 bytes; at most 1,000 are read"):
        read_bytes(tmp_path / "sparse.png", most=1000)


WRITER = """
import os, signal, sys
from pathlib import Path
from classsr.system.files import _partial
with _partial(Path(sys.argv[1])) as (path, file):
    print(path, flush=True)
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_and_what_is_written_stays(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        partial = Path(process.stdout.readline().decode().strip())
        remove_partials(tmp_path)
        assert partial.exists()
        process.stdin.close()
        process.wait()
    assert partial.exists()
    remove_partials(tmp_path.parent, below=True)
    assert not partial.exists()


def test_a_folder_is_held_by_one_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from classsr.system.locks import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdin
        process.stdout.readline()
        with pytest.raises(ClassSRError, match="is in use by another process"), locked(tmp_path):
            pass
        process.kill()
    with locked(tmp_path):
        assert list(tmp_path.iterdir()) == []
