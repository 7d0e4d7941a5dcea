"""A copy of the Python program in memory, for a template whose forks are walled in.

Every process leads to the file that it was started from (/proc/self/exe), past all walls and with
the rights of its owner. From a fork that would be the Python of all kernels, as it lies outside;
from this copy it is a file without a name that belongs to nobody else.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def detached_python(wanted: bool) -> Iterator[str]:
    """Path to start Python from, while this lasts.

    Raises:
        OSError: the system has no files in memory.
    """
    if not wanted:
        yield sys.executable
        return
    copy = _copied()
    try:
        # Of this process: whoever it starts has another "self" by then.
        yield f"/proc/{os.getpid()}/fd/{copy}"
    finally:
        os.close(copy)


def _copied() -> int:
    """A file that can only be read: what is open for writing cannot be started."""
    memory = os.memfd_create("python")
    with os.fdopen(memory, "wb") as target, open(sys.executable, "rb") as source:
        shutil.copyfileobj(source, target)
        target.flush()
        return os.open(f"/proc/self/fd/{memory}", os.O_RDONLY)
