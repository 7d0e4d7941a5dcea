"""How much memory a process held, and whether the system ended it for want of memory.

There is no certain sign: the kill looks like any other. So the last seconds before a death are
kept, and three traces are looked for: the control group's or the system's count of such kills rose,
the process held most of what there is, or almost nothing was free.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import psutil

MEGABYTE = 2**20
_WINDOW_S = 3.0
_SYSTEM_EVERY_S = 0.3


class Gauge:
    """Samples one process. Ten looks a second cost about 0.1 % of a core."""

    def __init__(self, pid: int) -> None:
        self._process = _process(pid)
        self._limit = _memory_limit()
        self._kills: deque[tuple[float, int]] = deque()
        self.resident = 0
        """Bytes of the process at the last sample in which it lived."""
        self._least_free = 1.0

    def sample(self) -> None:
        """Look at the process now."""
        if self._process is None:
            return
        try:
            self.resident = self._process.memory_info().rss or self.resident
        except psutil.Error:
            return
        now = time.monotonic()
        if not self._kills or now - self._kills[-1][0] >= _SYSTEM_EVERY_S:
            self._look_at_system(now)

    def _look_at_system(self, now: float) -> None:
        self._kills.append((now, _kills_by_system()))
        while now - self._kills[0][0] > _WINDOW_S:
            self._kills.popleft()
        self._least_free = psutil.virtual_memory().available / self._limit

    def ran_out(self) -> bool:
        """After a SIGKILL: does it look as if memory ran out?"""
        counted = bool(self._kills) and _kills_by_system() > self._kills[0][1]
        return counted or self.resident > 0.85 * self._limit or self._least_free < 0.03


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _memory_limit() -> int:
    total = int(psutil.virtual_memory().total)
    limit = _read_number(_cgroup() / "memory.max")
    return min(total, limit) if limit else total


def _kills_by_system() -> int:
    return _field(_cgroup() / "memory.events", "oom_kill") + _field(
        Path("/proc/vmstat"), "oom_kill"
    )


def _cgroup() -> Path:
    """Folder of this process's version 2 control group; one that does not exist elsewhere."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return Path("/nonexistent")
    name = next((line[4:] for line in lines if line.startswith("0::/")), "")
    return Path("/sys/fs/cgroup") / name


def _field(path: Path, name: str) -> int:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name + " ")), 0)


def _read_number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
