"""Where a session of programs stands among the others: its rank, and the cores it may use.

Linux only. What is set here the programs themselves could set as well; whoever looks again sets it
again.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
#: Behind all others: like `nice`, but for a session.
LAST = 19


@dataclass(frozen=True)
class Place:
    """How a session stands."""

    rank: int = 0
    """0 is the usual one, 19 is behind all others."""
    narrow: bool = False
    """Whether it has one core only."""


FIRST = Place()


def cores() -> list[int]:
    """Those of the host."""
    return sorted(os.sched_getaffinity(0))


def place_of(pid: int) -> Place:
    """Where the session of a process stands; FIRST if that cannot be read."""
    try:
        rank = int((_PROC / str(pid) / "autogroup").read_text().rpartition(" ")[2])
        return Place(rank, len(os.sched_getaffinity(pid)) == 1 < len(cores()))
    except (OSError, ValueError):
        return FIRST


def set_rank(pid: int, rank: int) -> bool:
    """Give a process's session a rank.

    Returns:
        False when Linux takes no more for a moment: it takes ten in a second from all users
        together.

    Raises:
        OSError: it cannot be done.
    """
    try:
        (_PROC / str(pid) / "autogroup").write_text(str(rank))
    except BlockingIOError:
        return False
    except (FileNotFoundError, ProcessLookupError):
        pass
    return True


def set_cores(pids: Iterable[int], narrow: bool) -> None:
    """Give processes the last of the host's cores, or all of them.

    Raises:
        OSError: it cannot be done.
    """
    all_ = cores()
    for pid in pids:
        _set_all(pid, all_[-1:] if narrow else all_)


def _set_all(pid: int, chosen: Collection[int]) -> None:
    try:
        for task in os.listdir(_PROC / str(pid) / "task"):
            os.sched_setaffinity(int(task), chosen)
    except (FileNotFoundError, ProcessLookupError):
        return
