"""How much memory one kernel may have, and the word that makes the system hold it to that.

On Linux the bound is on the *private data* of the process, not on its address space: PyTorch maps
gigabytes that it never fills. Going over it is an error inside Python (`MemoryError`), which a
learner reads and a training survives by taking fewer rows at a time. It holds for each process by
itself: what workers hold is counted apart. What it cannot hold (memory that is shared, and every
other system) `watch.py` looks after from outside.

Knows nothing of walls, which have bounds of their own (walls/room.py).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

MEGABYTE = 2**20
GIGABYTE = 2**30
VARIABLE = "TUNINGFORK_KERNEL_MEMORY_MB"
LEAST = 1 * GIGABYTE
"""Bytes. Python with every library loaded sets 0.5 GB aside before its first cell."""


class BoundRefusedError(Exception):
    """The setting cannot be used; the text says why and what to do."""


def kernel_bound(environment: Mapping[str, str], machine: int) -> int | None:
    """Bytes that a kernel may have, by the setting or by default; None for no bound.

    Args:
        environment: the host's variables.
        machine: bytes that the machine has for all.

    Raises:
        BoundRefusedError: the setting is no number of megabytes, or too small to work with.
    """
    given = environment.get(VARIABLE, "").strip()
    if not given:
        return default_bound(machine)
    if not given.isdecimal():
        raise BoundRefusedError(
            f"{VARIABLE}={given} is not a whole number of megabytes. Write {VARIABLE}=4096 for "
            f"4 GB, {VARIABLE}=0 for no bound, or leave it out."
        )
    bound = int(given) * MEGABYTE
    if 0 < bound < LEAST:
        raise BoundRefusedError(
            f"{VARIABLE}={given} is too little: Python and its libraries take half a gigabyte "
            f"before the first cell. Set at least {LEAST // MEGABYTE}, or 0 for no bound."
        )
    return bound or None


def default_bound(machine: int) -> int:
    """Bytes: all but a fifth of the machine, and but 1 GB at least; half of a very small one.

    What is left is for the system, the browser and the app, so that they go on when a cell asks
    for all there is.
    """
    return max(machine - max(GIGABYTE, machine // 5), machine // 2)


def put_on(pid: int, bound: int | None) -> None:
    """Hold a process, and those it will start, to so many bytes of data each. Linux only.

    The process may raise it again itself: it keeps accidents away, not attacks.
    """
    if bound is None or sys.platform != "linux":
        return
    import resource

    try:
        _, most = resource.prlimit(pid, resource.RLIMIT_DATA)
        allowed = bound if most == resource.RLIM_INFINITY else min(bound, most)
        resource.prlimit(pid, resource.RLIMIT_DATA, (allowed, most))
    except ProcessLookupError:
        # It has ended already, and its death is told by who watches it.
        return
