"""The programs' sessions that belong to kernels, and how much processor time each of them has used.

Linux shares processors out among sessions first (autogroups), then among a session's processes. A
kernel begins as a session of its own; what it starts stays there, or makes further ones, which
count as the kernel's too as long as they were seen below it once.

Reads /proc itself: a class has hundreds of processes, and this is done five times a second beside
the host's other work. Linux only. Knows nothing of kernels but process ids.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SWITCH = _PROC / "sys/kernel/sched_autogroup_enabled"
#: Looks after which what was nobody's is looked at again.
_FORGET = 25
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Process:
    """From /proc/PID/stat."""

    pid: int
    parent: int
    session: int
    seconds: float
    """Processor time, with that of children it has waited for."""
    system: float
    """How much of it Linux worked for it."""


@dataclass(frozen=True)
class Used:
    """A session."""

    pids: tuple[int, ...]
    """Its processes, the oldest first."""
    seconds: float
    """Processor time of all of them."""
    system: float
    """How much of it Linux worked for them."""


def has_sessions() -> bool:
    """Whether this system shares its processors out among sessions."""
    try:
        return _SWITCH.read_text().strip() == "1"
    except OSError:
        return False


class Sessions:
    """Remembers which sessions and processes are whose."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._strange: set[int] = set()
        self._known: set[int] = set()
        self._looks = 0

    def look(self, roots: Collection[int], apart: Collection[int]) -> dict[int, Used]:
        """What each session of the kernels that began with `roots` has used until now.

        Args:
            apart: sessions that are no kernel's, like the host's own.
        """
        # A process that was nobody's may have become a kernel's.
        if self._looks % _FORGET == 0:
            self._strange.clear()
        self._looks += 1
        living = {int(name) for name in os.listdir(_PROC) if name.isdigit()}
        found = [one for pid in living - self._strange if (one := read(pid))]
        ours = self._ours(found, {*roots}, {*apart})
        self._strange |= {one.pid for one in found} - {one.pid for one in ours}
        self._known = {one.session for one in ours}
        return {
            session: _together([one for one in ours if one.session == session])
            for session in self._known
        }

    def _ours(self, found: Collection[Process], pids: set[int], apart: set[int]) -> list[Process]:
        """Those below a root, and those of their sessions. Parents first, as a rule."""
        sessions = {*self._known, *(one.session for one in found if one.pid in pids)} - apart
        ours = []
        for one in sorted(found, key=lambda one: one.pid):
            if one.session in apart:
                continue
            if one.pid in pids or one.parent in pids or one.session in sessions:
                pids.add(one.pid)
                sessions.add(one.session)
                ours.append(one)
        return ours


def _together(processes: Sequence[Process]) -> Used:
    return Used(
        pids=tuple(one.pid for one in processes),
        seconds=sum(one.seconds for one in processes),
        system=sum(one.system for one in processes),
    )


def read(pid: int) -> Process | None:
    """One process; None if it has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # After the name, which may hold anything: state, parent, group, session, …
    fields = text[text.rindex(b")") + 2 :].split()
    # Its own in the program and in Linux, then the same of children it has waited for.
    user, system, waited_user, waited_system = (int(field) / _TICKS for field in fields[11:15])
    all_system = system + waited_system
    seconds = user + waited_user + all_system
    return Process(pid, int(fields[1]), int(fields[3]), seconds, all_system)
