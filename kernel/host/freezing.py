"""Holds the processes of one kernel, and lets them go on.

By signals, to each process: a control group's freezer would be one write for all of them, but
groups are rarely to be had (walls/groups.py), and one way that works everywhere is tested
everywhere. A held process cannot answer, interrupt or end itself: whoever wants anything of it lets
it go on first. An end by force needs nothing.

Not for Windows, which has no such signals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import psutil

CAN_FREEZE = sys.platform != "win32"


class Freezer:
    """For one kernel."""

    def __init__(self) -> None:
        self._held: list[psutil.Process] = []

    @property
    def held(self) -> list[int]:
        """Process ids of what is held."""
        return [process.pid for process in self._held]

    def freeze(self, pid: int) -> None:
        """Hold a process and everything it has started."""
        # One that is held starts no other, so there is an end to it.
        while fresh := [one for one in tree(pid) if one not in self._held]:
            for process in fresh:
                self._held.append(process)
                _tell(process, psutil.Process.suspend)

    def thaw(self) -> None:
        """Let all of them go on. Nothing happens when none is held."""
        while self._held:
            _tell(self._held.pop(), psutil.Process.resume)


def tree(pid: int) -> Iterator[psutil.Process]:
    """A process and its descendants; nothing when it has ended."""
    try:
        root = psutil.Process(pid)
        yield from (root, *root.children(recursive=True))
    except psutil.NoSuchProcess:
        return


def _tell(process: psutil.Process, what: Callable[[psutil.Process], None]) -> None:
    try:
        what(process)
    except psutil.NoSuchProcess:
        return
