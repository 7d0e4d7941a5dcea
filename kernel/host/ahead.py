"""Lets the host and the web process go before kernels that compute, where the system allows it.

A small cell takes some sixty turns of four processes. Where one of them wakes beside a program that
computes, Linux may let that program go on until its next tick (4 ms at 250 a second), and a cell
meets several of those. What runs with a real-time priority waits for nobody. The host and the web
process work for everybody, and in short turns only; kernels, templates and all else they start do
not inherit the priority (SCHED_RESET_ON_FORK), and Linux keeps a twentieth of the time for them
whatever happens.

It takes a permission: being root, or RLIMIT_RTPRIO of at least 1 (docs/walls.md).

    python -m host.ahead PID    for the web process; prints what came of it
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
#: The lowest there is: before all kernels, behind the system's own.
_PRIORITY = 1
#: Threads that carry messages of kernels, by libzmq's name for them.
_CARRIERS = "ZMQbg/IO"


def may_go_ahead() -> bool:
    """Whether this user may have such a priority: a thread that ends at once tries."""
    said: list[bool] = []
    thread = threading.Thread(target=lambda: said.append(_tried()))
    thread.start()
    thread.join()
    return said == [True]


def _tried() -> bool:
    return hasattr(os, "sched_setscheduler") and _promoted([threading.get_native_id()])


def go_ahead(pid: int) -> bool:
    """Puts a process before those that compute: its first thread and those that carry messages.

    May be called again, for threads that have begun meanwhile.

    Returns:
        Whether it has its priority now.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        return _promoted([pid, *_carriers(pid)])
    except FileNotFoundError:
        return False


def _carriers(pid: int) -> list[int]:
    folders = (_PROC / str(pid) / "task").iterdir()
    return [int(one.name) for one in folders if _name(one).startswith(_CARRIERS)]


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _promoted(threads: Iterable[int]) -> bool:
    policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
    try:
        for thread in threads:
            if os.sched_getscheduler(thread) != policy:
                os.sched_setscheduler(thread, policy, os.sched_param(_PRIORITY))
    except (PermissionError, ProcessLookupError):
        return False
    return True


if __name__ == "__main__":
    print("ahead" if go_ahead(int(sys.argv[1])) else "not allowed")
