"""Taking more than one's share. Each stops by itself a little above what the walls allow.

The suite's kernels get small shares (`SHARES`), so that a bomb is small as well.
"""

from __future__ import annotations

import mmap
import os
import resource
import threading
import time
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError
from host.walls.escape.stage import Stage
from host.walls.room import MEGABYTE, Limits

SHARES = Limits(
    memory=512 * MEGABYTE,
    mapped=1536 * MEGABYTE,
    processes=64,
    file=8 * MEGABYTE,
    open_files=256,
    temporary=8 * MEGABYTE,
    shared_memory=8 * MEGABYTE,
)
_FORKS = 100
_THREADS = 120
_MEMORY = 700 * MEGABYTE
_MAPPED = 2048 * MEGABYTE
_PIECE = 4 * MEGABYTE
_FILES = 600


def many_processes(_stage: Stage) -> str:
    """They sleep and end with the attempt's process group."""
    for _ in range(_FORKS):
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
    return f"{_FORKS} processes"


def many_threads(_stage: Stage) -> str:
    end = threading.Event()
    try:
        for _ in range(_THREADS):
            threading.Thread(target=end.wait, daemon=True).start()
    except RuntimeError as error:
        raise BlockedError(str(error)) from error
    return f"{_THREADS} threads"


def much_memory(_stage: Stage) -> str:
    """Asked for and not touched: nothing is taken from anybody."""
    return f"{len(bytearray(_MEMORY)) // MEGABYTE} MB"


def much_shared_memory(_stage: Stage) -> str:
    """Memory that is shared does not count as a process's own."""
    with mmap.mmap(-1, _MAPPED) as memory:
        return f"{len(memory) // MEGABYTE} MB"


def large_nameless_file(_stage: Stage) -> str:
    """A file in memory, in no folder and so under no folder's limit."""
    return _grown(os.memfd_create("bomb"))


def large_file(_stage: Stage) -> str:
    return _grown(os.open(Path.home() / "large", os.O_RDWR | os.O_CREAT))


def full_temporary_folder(_stage: Stage) -> str:
    return _filled(Path("/tmp"))  # noqa: S108


def full_shared_memory(_stage: Stage) -> str:
    return _filled(Path("/dev/shm"))  # noqa: S108


def many_open_files(_stage: Stage) -> str:
    return str(len([os.open("/dev/null", os.O_RDONLY) for _ in range(_FILES)]))


def more_processes_allowed(_stage: Stage) -> str:
    return _raised(resource.RLIMIT_NPROC, SHARES.processes)


def more_memory_allowed(_stage: Stage) -> str:
    return _raised(resource.RLIMIT_DATA, SHARES.memory)


def larger_files_allowed(_stage: Stage) -> str:
    return _raised(resource.RLIMIT_FSIZE, SHARES.file)


def core_files_allowed(_stage: Stage) -> str:
    """A dump of memory may go to a folder or to a program of the host's."""
    return _raised(resource.RLIMIT_CORE, 0)


def _grown(file: int) -> str:
    try:
        for _ in range(4):
            os.write(file, bytes(_PIECE))
        return f"{os.fstat(file).st_size // MEGABYTE} MB"
    finally:
        os.ftruncate(file, 0)
        os.close(file)


def _filled(folder: Path) -> str:
    made = [folder / f"bomb-{number}" for number in range(4)]
    try:
        for path in made:
            path.write_bytes(bytes(_PIECE))
        return f"{len(made) * _PIECE // MEGABYTE} MB in {folder}"
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def _raised(which: int, share: int) -> str:
    most = resource.getrlimit(which)[1]
    try:
        resource.setrlimit(which, (share + 1, max(most, share + 1)))
    except ValueError as error:
        raise BlockedError(str(error)) from error
    return f"{share + 1} instead of {share}"


PROBES: tuple[Attempt, ...] = (
    many_processes,
    many_threads,
    much_memory,
    much_shared_memory,
    large_nameless_file,
    large_file,
    full_temporary_folder,
    full_shared_memory,
    many_open_files,
    more_processes_allowed,
    more_memory_allowed,
    larger_files_allowed,
    core_files_allowed,
)
