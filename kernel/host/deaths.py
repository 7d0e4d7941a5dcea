"""Why a kernel ended: from what was seen of it to one cause, and to the facts for the tape. Pure.

A cause is only called sure when there is proof of it: an exit code, a signal that only one thing
sends, a counter that rose, an end that we brought about ourselves. A mere sign (the memory was
nearly full) gives the cause that fits best and says that it is not sure; the words for the learner
say so too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from host.doing import Doing
from host.memory import MEGABYTE, Kills, Memory, Together

Cause = Literal["exit", "signal", "fault", "memory", "bound", "disk", "host-ended", "unknown"]
"""What ended a kernel:

- ``exit``: it left with an exit code.
- ``signal``: it was ended from outside.
- ``fault``: machine code in it did what must not be done.
- ``memory``: the machine had no more, and the system ended it.
- ``bound``: it reached the memory that one kernel may have.
- ``disk``: it wrote on when the folder it works in was full.
- ``host-ended``: the host that kept it ended, and it with it.
- ``unknown``: how it ended was not seen.

A kernel that we end because we are told to, or because nobody uses it, has no death: `kernels.py`
stops the watch first.
"""
Own = Literal["bound", "disk", "host-ended"]
"""Causes that are ours."""

_FAULTS = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT", "SIGSYS", "SIGTRAP")
_SHORTAGE = ("bad_alloc", "OUT OF MEMORY", "Cannot allocate memory", "MemoryError")
"""What C++, ZeroMQ, the system and Python say last when they get no memory."""
_NEARLY_ALL, _NEARLY_NONE = 0.85, 0.03
_AT_BOUND = 0.9
_FULL = 4 * MEGABYTE
_LOG_KEPT = 4000
_STACK = re.compile(r"(?:Current thread 0x\w+|Stack) \(most recent call first\):")
"""The first form is written when all threads are, the second when only this one is."""
_MARGIN = 0.9
"""Share of the memory it ended with that a smaller batch is to fit into."""


@dataclass(frozen=True)
class Seen:
    """What is known of a kernel that has ended. Memory in bytes."""

    exit_code: int | None = None
    signal: str | None = None
    own: Own | None = None
    """Why, when it was our own doing."""
    memory: Memory = field(default_factory=Memory)
    bound: int | None = None
    kills: Kills = field(default_factory=Kills)
    together: Together | None = None
    """Of its control group, if it has one."""
    log: str = ""
    """What it wrote to its standard error, the end of it."""
    doing: Doing | None = None
    disk_free: int | None = None
    """Bytes left where the kernel worked."""
    shared_free: int | None = None
    """Bytes left in the shared memory of the machine."""


def cause_of(seen: Seen) -> tuple[Cause, bool]:
    """The cause, and whether it is sure."""
    if seen.own is not None:
        return seen.own, True
    if seen.signal is None:
        return ("unknown", True) if seen.exit_code is None else ("exit", True)
    if seen.signal == "SIGKILL":
        return _cause_of_kill(seen)
    if seen.signal in _FAULTS:
        return _cause_of_fault(seen)
    return "signal", True


def _cause_of_kill(seen: Seen) -> tuple[Cause, bool]:
    if seen.kills.group > 0:
        return "bound", True
    if seen.kills.machine > 0:
        return "memory", True
    memory = seen.memory
    much = memory.held > _NEARLY_ALL * memory.machine
    return ("memory", False) if much or memory.free < _NEARLY_NONE * memory.machine else _OUTSIDE


_OUTSIDE: tuple[Cause, bool] = ("signal", True)


def _cause_of_fault(seen: Seen) -> tuple[Cause, bool]:
    """A library that gets no memory often ends the process, instead of saying so to Python."""
    at_bound = seen.bound is not None and seen.memory.data > _AT_BOUND * seen.bound
    if at_bound:
        return "bound", any(words in seen.log for words in _SHORTAGE)
    return "fault", True


def facts_of(seen: Seen) -> dict[str, object]:
    """For the tape: the cause with all that was measured. Megabytes are 2^20 bytes."""
    cause, sure = cause_of(seen)
    held, bound = _most(seen, cause)
    return {
        "cause": cause,
        "sure": sure,
        "exit_code": seen.exit_code,
        "signal": seen.signal,
        "memory_mb": _megabytes(held),
        "bound_mb": _megabytes(bound),
        "machine_mb": _megabytes(seen.memory.machine),
        "free_mb": _megabytes(seen.memory.free, least=0),
        "full": _full(seen),
        "doing": seen.doing.facts() if seen.doing else None,
        "fits": fitting(seen),
        "where": fault_place(seen.log),
        "log": seen.log[-_LOG_KEPT:],
    }


def _most(seen: Seen, cause: Cause) -> tuple[int, int | None]:
    """What it held and what it might have, in the measure of whoever stopped it."""
    if cause == "bound" and seen.kills.group > 0 and seen.together:
        return seen.together.most, seen.together.limit
    if cause == "bound" and seen.own is None:
        return max(seen.memory.data, seen.memory.held), seen.bound
    return seen.memory.held, seen.bound


def fitting(seen: Seen) -> int | None:
    """Rows of a batch that would have fitted, when a training ended for want of memory.

    By what this training itself measured, and only then: a power of two below its batch.
    """
    doing = seen.doing
    if doing is None or cause_of(seen)[0] not in ("memory", "bound"):
        return None
    base, row, batch = doing.number("base_mb"), doing.number("row_mb"), doing.number("batch")
    if not base or not row or not batch:
        return None
    room = _MARGIN * min(seen.memory.held, seen.bound or seen.memory.held) / MEGABYTE
    most = int((room - base) / row)
    fits = 2 ** (most.bit_length() - 1) if most >= 1 else 0
    return fits if 0 < fits < batch else None


def fault_place(log: str) -> str | None:
    """Where in Python a fault happened, from what `faulthandler` wrote: function, file and line."""
    # The last one: a learner's program may have written such lines before.
    stack = _STACK.split(log)[1:]
    first = re.search(r'File "([^"]+)", line (\d+) in (\S+)', stack[-1]) if stack else None
    if first is None:
        return None
    path, line, name = first.groups()
    return f"{name}, line {line} of {path.rpartition('/')[2]}"


def _full(seen: Seen) -> str | None:
    """What had no room left."""
    if seen.disk_free is not None and seen.disk_free < _FULL:
        return "disk"
    if seen.signal == "SIGBUS" and seen.shared_free is not None and seen.shared_free < _FULL:
        return "shared-memory"
    return None


def _megabytes(number: int | None, least: int = 1) -> int | None:
    if number is None:
        return None
    whole = round(number / MEGABYTE)
    return whole if whole >= least else None
