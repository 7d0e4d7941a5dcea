"""How much memory a process held, how much the machine had, and whether the system ended processes
for want of memory.

A kill for want of memory looks like any other. So the last seconds before a death are kept, and
the system's own counts of such kills are compared: that of the kernel's control group, where it has
one, and those of the host's group and of the whole machine. What follows from them is decided
elsewhere (deaths.py).
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

MEGABYTE = 2**20
_WINDOW_S = 3.0
_SYSTEM_EVERY_S = 0.3
_MOUNT = Path("/sys/fs/cgroup")
#: Files in which control groups count kills, have their limit and their peak: version 2, version 1.
_COUNTS = ("memory.events", "memory.oom_control")
_LIMITS = ("memory.max", "memory.limit_in_bytes")
_PEAKS = ("memory.peak", "memory.max_usage_in_bytes")


@dataclass(frozen=True)
class Memory:
    """In bytes, at the last look at the living process."""

    held: int = 0
    """Resident memory of the process."""
    data: int = 0
    """What it set aside for itself: Linux counts this for its bound."""
    machine: int = 0
    """What there is for all."""
    free: int = 0
    """What of it could still be had."""


@dataclass(frozen=True)
class Together:
    """Of all processes of a control group, in bytes."""

    limit: int
    most: int
    """What they ever held at once."""


@dataclass(frozen=True)
class Kills:
    """Processes ended for want of memory in the last seconds."""

    group: int = 0
    """In the kernel's own control group."""
    machine: int = 0
    """Anywhere on the machine, as far as it is told."""


class System:
    """The machine as a whole, looked at a few times a second however many ask."""

    def __init__(self) -> None:
        self.machine = machine_memory()
        self.free = free_memory(self.machine)
        self.kills = count_kills()
        self._due = 0.0

    def look(self, now: float) -> None:
        """Look again if the last time was long enough ago. `now`: seconds of a steady clock."""
        if now >= self._due:
            self._due = now + _SYSTEM_EVERY_S
            self.free = free_memory(self.machine)
            self.kills = count_kills()


@cache
def the_system() -> System:
    """There is one machine."""
    return System()


class Gauge:
    """Samples one process. Ten looks a second cost about 0.1 % of a core."""

    def __init__(self, pid: int, group: Path | None = None) -> None:
        """`group`: the folder of the kernel's control group for memory, if it has one."""
        self._process = _process(pid)
        self._group = group
        self._system = the_system()
        self._kills: deque[tuple[float, Kills]] = deque()
        self._held = self._data = 0

    def sample(self) -> None:
        """Look at the process now."""
        if self._process is None:
            return
        try:
            seen = self._process.memory_info()
        except psutil.Error:
            return
        # A process that is just ending holds nothing any more.
        self._held = seen.rss or self._held
        self._data = getattr(seen, "data", 0) or self._data
        now = time.monotonic()
        self._system.look(now)
        if not self._kills or now - self._kills[-1][0] >= _SYSTEM_EVERY_S:
            self._kills.append((now, self._count(self._system.kills)))
            while now - self._kills[0][0] > _WINDOW_S:
                self._kills.popleft()

    @property
    def last(self) -> Memory:
        """As it was at the last look."""
        return Memory(self._held, self._data, self._system.machine, self._system.free)

    def kills(self) -> Kills:
        """How many were counted since the first look of the last seconds."""
        if not self._kills:
            return Kills()
        before, now = self._kills[0][1], self._count(count_kills())
        return Kills(now.group - before.group, now.machine - before.machine)

    def kept(self) -> int:
        """Bytes that the process holds and the system cannot take back by itself."""
        if sys.platform != "linux" or self._process is None:
            return self._held
        status = Path(f"/proc/{self._process.pid}/status")
        return 1024 * (_field(status, "RssAnon:") + _field(status, "RssShmem:"))

    def _count(self, machine: int) -> Kills:
        inside = _kills_in(self._group) if self._group else 0
        return Kills(inside, machine)


def count_kills() -> int:
    """Processes that the system has ended for want of memory until now."""
    return _kills_in(_own_group()) + _field(Path("/proc/vmstat"), "oom_kill")


def _kills_in(group: Path) -> int:
    return sum(_field(group / name, "oom_kill") for name in _COUNTS)


def machine_memory() -> int:
    """Bytes for everything that runs here: of the machine, or of the control group we are in."""
    total = int(psutil.virtual_memory().total)
    return min(total, _first_number(_own_group(), _LIMITS) or total)


def group_memory(group: Path) -> Together | None:
    """None: it has no limit, or is gone."""
    limit = _first_number(group, _LIMITS)
    # The newest Linux alone tells the peak; at a kill it was the limit.
    return Together(limit, _first_number(group, _PEAKS) or limit) if limit else None


def free_memory(machine: int) -> int:
    """Bytes that can still be had, of the machine or of the control group we are in."""
    available = int(psutil.virtual_memory().available)
    used = [
        _read_number(_own_group() / name) for name in ("memory.current", "memory.usage_in_bytes")
    ]
    # What of files lies in memory counts as used there, and can be had again.
    files = _field(_own_group() / "memory.stat", "inactive_file")
    return min([available, *(max(0, machine - number + files) for number in used if number)])


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


@cache
def _own_group() -> Path:
    """Folder of this process's control group for memory; one that does not exist elsewhere."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return Path("/nonexistent")
    found = {kinds: path.lstrip("/") for _, kinds, path in (line.split(":", 2) for line in lines)}
    first = next((path for kinds, path in found.items() if "memory" in kinds.split(",")), None)
    if first is None:
        return _MOUNT / found.get("", "")
    # In a container the group's own folder is often what is mounted.
    inside = _MOUNT / "memory" / first
    return inside if inside.is_dir() else _MOUNT / "memory"


def _field(path: Path, name: str) -> int:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def _first_number(folder: Path, names: Sequence[str]) -> int | None:
    return next((number for name in names if (number := _read_number(folder / name))), None)


def _read_number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
