"""Bounds for all processes of a kernel together: a control group of Linux.

Limits of one process do not add up: ten processes may hold ten times as much. A control group
counts them as one, and only it can share the processor fairly. An ordinary user may make one only
below a group that was handed to it (systemd: `Delegate=`), and root anywhere; it is tried.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
_CONTROLLERS = ("memory", "pids", "cpu")
_PERIOD_US = 100_000
_LEAF = "host"
_ENDING_S = 5.0
#: Enters every group before it becomes the program, or does not become it.
_ENTER = """
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done
shift
exec "$@"
"""


class GroupRefusedError(Exception):
    """No group can be had here; the text says why."""


@dataclass(frozen=True)
class Shares:
    """What one kernel may use, all its processes together."""

    memory: int
    processes: int
    cores: float


@dataclass(frozen=True)
class Group:
    """One folder in version 2 of control groups, one for each kind of bound in version 1."""

    folders: Mapping[str, Path]

    def entering(self, command: Sequence[str]) -> list[str]:
        """The command, as a member of the group from its first moment on."""
        folders = [str(folder) for folder in dict.fromkeys(self.folders.values())]
        return ["sh", "-c", _ENTER, "sh", *folders, "--", *command]

    def take(self, pid: int) -> None:
        """Make a process that runs already a member. What it holds by then is not counted.

        Raises:
            OSError: it cannot be.
        """
        for folder in dict.fromkeys(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def was_held_back(self) -> bool:
        """Whether it ever had to wait for the processor because of its share."""
        lines = (self.folders["cpu"] / "cpu.stat").read_text().splitlines()
        return any(line.startswith("nr_throttled ") and line != "nr_throttled 0" for line in lines)

    def end(self) -> None:
        """Remove it. Its processes must have been ended; Linux may need a moment more for them.

        Raises:
            OSError: one still runs.
        """
        deadline = time.monotonic() + _ENDING_S
        for folder in dict.fromkeys(self.folders.values()):
            with suppress(FileNotFoundError):
                _remove(folder, deadline)


def open_group(name: str, shares: Shares, mount: Path = MOUNT, own: Path = OWN) -> Group:
    """A new group below our own.

    Raises:
        GroupRefusedError: this machine does not let us.
    """
    try:
        ours = _our_groups(own)
        if _is_second(mount, ours):
            return _second(mount / ours[""], name, shares)
        return _first(mount, ours, name, shares)
    except OSError as error:
        raise GroupRefusedError(f"{error.strerror}: {error.filename}") from error


def _our_groups(own: Path) -> dict[str, str]:
    """Path of our group, without its first slash, for each kind; "" stands for version 2."""
    found = {}
    for line in own.read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        found.update(dict.fromkeys(kinds.split(","), path.lstrip("/")))
    return found


def _is_second(mount: Path, ours: Mapping[str, str]) -> bool:
    if "" not in ours:
        return False
    offered = mount / ours[""] / "cgroup.controllers"
    return offered.exists() and {*_CONTROLLERS} <= {*offered.read_text().split()}


def _second(base: Path, name: str, shares: Shares) -> Group:
    # Only a group without processes can have bounded groups below it: ours move to a leaf, once.
    base = base.parent if base.name == _LEAF else base
    leaf = base / _LEAF
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    (base / "cgroup.subtree_control").write_text(" ".join(f"+{kind}" for kind in _CONTROLLERS))
    folder = base / name
    with _whole(Group(dict.fromkeys(_CONTROLLERS, folder))) as group:
        _write(folder, "memory.max", shares.memory)
        _write(folder, "memory.swap.max", 0, wanted=False)
        _write(folder, "memory.oom.group", 1)
        _write(folder, "pids.max", shares.processes)
        _write(folder, "cpu.max", f"{_quota(shares)} {_PERIOD_US}")
    return group


def _first(mount: Path, ours: Mapping[str, str], name: str, shares: Shares) -> Group:
    missing = [kind for kind in _CONTROLLERS if not (mount / kind).is_dir()]
    if missing:
        raise GroupRefusedError(f"control groups for {', '.join(missing)} are not there")
    folders = {kind: mount / kind / ours.get(kind, "") / name for kind in _CONTROLLERS}
    with _whole(Group(folders)) as group:
        _write(folders["memory"], "memory.limit_in_bytes", shares.memory)
        _write(folders["memory"], "memory.memsw.limit_in_bytes", shares.memory, wanted=False)
        _write(folders["pids"], "pids.max", shares.processes)
        _write(folders["cpu"], "cpu.cfs_period_us", _PERIOD_US)
        _write(folders["cpu"], "cpu.cfs_quota_us", _quota(shares))
    return group


@contextmanager
def _whole(group: Group) -> Iterator[Group]:
    """Make its folders; when it cannot be finished, nothing of it stays."""
    try:
        for folder in dict.fromkeys(group.folders.values()):
            folder.mkdir()
        yield group
    except OSError:
        group.end()
        raise


def _remove(folder: Path, deadline: float) -> None:
    while True:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _quota(shares: Shares) -> int:
    return round(shares.cores * _PERIOD_US)


def _write(folder: Path, name: str, value: object, wanted: bool = True) -> None:
    """Swap is not counted everywhere; all else has to be there."""
    path = folder / name
    if wanted or path.exists():
        path.write_text(str(value))
