"""Looks from outside whether a process is in a room. What is not seen is doubted.

A forked kernel steps into its room by itself, and says so. The host does not take its word: before
the kernel may begin, everything that the walls are made of is read from the system.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from host.walls import seccomp
from host.walls.joining import KINDS

if sys.platform != "win32":
    # There are no walls there, but the host knows of this module.
    import resource

_ALWAYS = ("user", *(kind for kind in KINDS if kind != "cgroup"))
_RIGHTS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def doubts(pid: int, first: int, limits: Mapping[str, int]) -> list[str]:
    """Why a process may not be in a room; nothing, if all is well.

    Args:
        pid: the process, which must be a child of ours.
        first: the room's first process.
        limits: by the names of `resource`, without `RLIMIT_`.
    """
    try:
        return [
            *_places(pid, first),
            *_rights(pid),
            *_limits(pid, limits),
            *_filter(pid, first),
        ]
    except (OSError, KeyError, ValueError) as error:
        return [f"it cannot be looked at ({error})"]


def _places(pid: int, first: int) -> Iterator[str]:
    for kind in ("user", *KINDS):
        its, rooms, ours = (_namespace(who, kind) for who in (pid, first, "self"))
        if its != rooms or (its == ours and kind in _ALWAYS):
            yield f"it is not in the room's namespace {kind}"
    if not os.path.samefile(f"/proc/{pid}/root", f"/proc/{first}/root"):
        yield "it has another root folder"


def _rights(pid: int) -> Iterator[str]:
    status = _status(pid)
    if int(status["PPid"]) != os.getpid():
        yield "it is no child of this host"
    if status["NoNewPrivs"] != "1":
        yield "it could gain rights"
    for name in _RIGHTS:
        if int(status[name], 16):
            yield f"it has rights ({name})"


def _limits(pid: int, limits: Mapping[str, int]) -> Iterator[str]:
    for name, most in limits.items():
        hard = resource.prlimit(pid, getattr(resource, f"RLIMIT_{name}"))[1]
        if not 0 <= hard <= most:
            yield f"it has no limit {name}"


def _filter(pid: int, first: int) -> Iterator[str]:
    its, rooms = _filters(pid), _filters(first)
    if seccomp.program() is not None and its < max(rooms, 1):
        yield "it lacks the room's filter of system calls"


def _filters(pid: int) -> int:
    """How many; Linux before 5.9 tells only whether there are any."""
    status = _status(pid)
    return int(status.get("Seccomp_filters", status["Seccomp"] == "2"))


def _namespace(who: int | str, kind: str) -> str:
    return os.readlink(f"/proc/{who}/ns/{kind}")


def _status(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        pairs = (line.split(":", 1) for line in file)
        return {name: text.strip() for name, text in pairs}
