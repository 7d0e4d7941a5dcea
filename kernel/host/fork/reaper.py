"""Processes whose parent has ended become children of the host, and the host must collect them.

That is how a forked kernel becomes one: what the template forks forks once more and ends at once.
The kernel then lives and dies as if the host had started it itself, template or no template.
The price is that what kernels leave behind comes to us as well.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_SWEEP_S = 5.0


def adopt_orphans() -> None:
    """Become the parent of every descendant that loses its own. Linux only.

    Raises:
        OSError: the system does not know how.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


async def sweep() -> None:
    """Collect dead children that nobody asked about between two looks, again and again.

    Whoever started a process asks about it many times a second or waits for it.
    """
    seen: set[int] = set()
    while True:
        await asyncio.sleep(_SWEEP_S)
        dead = {pid for pid in _children() if _is_dead(pid)}
        for pid in dead & seen:
            _collect(pid)
        seen = dead


def _children() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in lists for pid in path.read_text(encoding="ascii").split()]


def _is_dead(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] == "Z"


def _collect(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
