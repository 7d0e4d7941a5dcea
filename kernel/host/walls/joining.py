"""The way of a forked process into a room that stands already.

bubblewrap has built the walls. What is here steps inside and lets go of every right: the only code
of ours that a forked kernel's walls depend on. So it is short, it runs before anything of a
learner's is read, and `proof.py` looks afterwards, from outside, whether it is so.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    # There are no walls there, but the host knows of this module.
    import resource

    _LIBC = ctypes.CDLL(None, use_errno=True)

KINDS = {
    "mnt": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
"""`CLONE_NEW…` of <sched.h>, by the names under /proc/PID/ns."""
_USER = 0x10000000
_SET_FILTER, _MODE_FILTER = 22, 2
_INSTRUCTION = 8
"""Bytes of a `struct sock_filter`."""
_NO_NEW_PRIVILEGES, _DROP_FROM_BOUND, _AMBIENT, _CLEAR_ALL = 38, 24, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_RIGHT = Path("/proc/sys/kernel/cap_last_cap")


@dataclass(frozen=True)
class Door:
    """What a process has to know of a room to step into it."""

    kinds: int
    """The namespaces that are the room's own, as flags."""
    limits: Mapping[str, int]
    """By the names of `resource`, without `RLIMIT_`."""
    forbidden: str
    """The filter of system calls that all in the room have (`seccomp.py`), as hexadecimal digits;
    empty: there is none."""


def enter(owner: int, final: int, inside: int, kinds: int) -> None:
    """Step into a room for good, without rights. The next child of this process is wholly inside.

    Args:
        owner: file of the user namespace to which the room's other namespaces belong.
        final: file of the user namespace in which the room's programs run.
        inside: pidfd of a process in the room.
        kinds: the namespaces to join besides.

    Raises:
        OSError: it could not be done, and this process must end.
    """
    rights = int(_LAST_RIGHT.read_text(encoding="ascii")) + 1
    _call("setns", owner, _USER)
    _call("setns", inside, kinds)
    if not os.path.sameopenfile(owner, final):
        _call("setns", final, _USER)
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for right in range(rights):
        _call("prctl", _DROP_FROM_BOUND, right, 0, 0, 0)
    _call("prctl", _AMBIENT, _CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def bound(limits: Mapping[str, int]) -> None:
    """Limits that cannot be raised again."""
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid(filter_of_calls: bytes) -> None:
    """For good, for this thread and all that it starts. Only without new privileges (`enter`).

    Raises:
        OSError: it could not be done, and this process must end.
    """
    if filter_of_calls:
        program = _Program(len(filter_of_calls) // _INSTRUCTION, filter_of_calls)
        _call("prctl", _SET_FILTER, _MODE_FILTER, ctypes.byref(program), 0, 0)


def _call(name: str, *arguments: object) -> None:
    given = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    if _LIBC[name](*given) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
