"""Whether the machine has memory for one more kernel. Pure.

The web process lets few kernels start at once, so what those under way will take is counted with
what is free. Somebody alone is never refused: the system may know how to make room.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 2**20
FORKED = 64 * MEGABYTE
"""A forked kernel's own memory, with all libraries loaded: 46 MB, and page tables."""
COLD = 300 * MEGABYTE
_RESERVE_SHARE = 0.05
_RESERVE_MOST = 512 * MEGABYTE


@dataclass(frozen=True)
class Machine:
    """In bytes."""

    total: int
    free: int


def reserve(machine: Machine) -> int:
    """Bytes that are left to the system and to the kernels that run."""
    return min(_RESERVE_MOST, int(machine.total * _RESERVE_SHARE))


def has_room(machine: Machine, starting: int, others: int, light: bool) -> bool:
    """Whether one more kernel may start.

    Args:
        starting: kernels that start already and have not taken their memory yet.
        others: kernels that run.
        light: whether its libraries are in memory already.
    """
    if starting + others == 0:
        return True
    wanted = (starting + 1) * (FORKED if light else COLD)
    return machine.free - wanted >= reserve(machine)
