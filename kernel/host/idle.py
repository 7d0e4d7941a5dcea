"""When a kernel that nobody uses is frozen, when that is told, and when it is put away. Pure.

Frozen, a kernel does nothing and can be swapped out; the next message wakes it. Put away, it
gives its memory back; the web process offers to run the cells again. A kernel is in use while it
is spoken to, says something or computes. Whether a cell waits in it (for an answer, for a download)
the kernel alone knows: it is asked before anything is done (keeper.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from host.settings import number

FREEZE_VARIABLE = "TUNINGFORK_FREEZE_MINUTES"
END_VARIABLE = "TUNINGFORK_END_MINUTES"
CLASS_VARIABLE = "TUNINGFORK_CLASS"
_MINUTE = 60.0
#: Minutes until a kernel is frozen, and until it is put away.
_ALONE = (60.0, 24 * 60.0)
_CLASS = (10.0, 60.0)
_WARN_S = 600.0
_LOOK_S = 15.0
#: Share of a core. A kernel that does nothing needs a thousandth.
_WORKING = 0.02

#: Processor time that is compared with nothing.
UNKNOWN = float("nan")

Step = Literal["nothing", "freeze", "warn", "end"]


@dataclass(frozen=True)
class Limits:
    """In seconds without use; None: never."""

    freeze: float | None
    end: float | None

    @property
    def warn(self) -> float | None:
        """When the end is told."""
        return None if self.end is None else self.end - min(_WARN_S, self.end / 6)

    @property
    def look(self) -> float:
        """Seconds between two looks at a kernel: few of them in the shortest limit."""
        set_ones = [limit for limit in (self.freeze, self.end) if limit is not None]
        return min([_LOOK_S, *(limit / 8 for limit in set_ones)])


@dataclass(frozen=True)
class Trace:
    """What changes while a kernel is in use."""

    sent: int
    """Messages that were sent to it."""
    said: int
    """Number of the last on its tape."""
    cpu: float
    """Seconds of processor time, with all that it has started; or UNKNOWN."""


@dataclass(frozen=True)
class Idle:
    """How a kernel stands."""

    seconds: float
    """Since it was last used."""
    frozen: bool
    warned: bool
    kept: bool
    """All it has said is safe elsewhere."""


def limits_from(environment: Mapping[str, str]) -> Limits:
    """The settings, or the defaults: long for somebody alone, short for a class.

    Raises:
        SettingRefusedError: a setting is no number of minutes.
    """
    freeze, end = _CLASS if environment.get(CLASS_VARIABLE) == "1" else _ALONE
    return Limits(
        freeze=_limit(environment, FREEZE_VARIABLE, freeze),
        end=_limit(environment, END_VARIABLE, end),
    )


def _limit(environment: Mapping[str, str], name: str, default: float) -> float | None:
    minutes = number(environment, name, default, unit="minutes", zero="never")
    return minutes * _MINUTE or None


def was_used(before: Trace, now: Trace, seconds: float) -> bool:
    """Whether anything happened between two looks, so many seconds apart."""
    if (before.sent, before.said) != (now.sent, now.said):
        return True
    # What an ended worker had used is missing from the sum: that is a change as well. A comparison
    # with what is not known is false.
    return abs(now.cpu - before.cpu) > _WORKING * seconds


def next_step(idle: Idle, limits: Limits) -> Step:
    """What is to be done now."""
    if _is_over(limits.end, idle) and idle.warned and idle.kept:
        return "end"
    if _is_over(limits.warn, idle) and not idle.warned:
        return "warn"
    if _is_over(limits.freeze, idle) and not idle.frozen:
        return "freeze"
    return "nothing"


def _is_over(limit: float | None, idle: Idle) -> bool:
    return limit is not None and idle.seconds >= limit
