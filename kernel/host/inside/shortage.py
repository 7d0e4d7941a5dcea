"""When a cell asks for more memory than its Python may have: an error in plain words, and a kernel
that still works afterwards.

The bound is set from outside (host/bounds.py). At the bound nothing at all can be had, not even
what it takes to tell the learner so, and libraries that get nothing may end the process. So a
little is kept back: lent for telling the error, and for the cells after it in which the learner
makes room. What the failed cell worked with is let go, or the next one would find no room either.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import traceback
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from host.inside.tracebacks import said as message

_MB = 2**20
_RESERVE = 64 * _MB
_CUSHION = 4 * _MB
_PHRASES = ("can't allocate memory", "std::bad_alloc", "Cannot allocate memory")
"""How PyTorch, C++ and the system say it; NumPy and Python raise a MemoryError."""
_OWN_WORDS = "NotEnoughMemory"
"""Our library's error has numbers and a way on already."""


def tell_shortage(shell: InteractiveShell) -> None:
    """From now on errors for want of memory are told in our words. Linux only."""
    if sys.platform != "linux":
        return
    reserve = Reserve()
    # Python lets a method be replaced for one object; types do not know it.
    whole: Any = shell
    show = shell.showtraceback

    # Each parameter by its name: to gather them in a dictionary takes memory that there may not be.
    def show_in_words(
        exc_tuple: Any = None,
        filename: Any = None,
        tb_offset: Any = None,
        exception_only: Any = False,
        running_compiled_code: Any = False,
    ) -> None:
        reserve.cushion = None
        kind, error, trace = exc_tuple or sys.exc_info()
        if kind is None or error is None or not is_shortage(error):
            show(exc_tuple, filename, tb_offset, exception_only, running_compiled_code)
            return
        reserve.lend()
        if kind.__name__ != _OWN_WORDS:
            kind, error = MemoryError, MemoryError(words(error, reserve.bound))
        told = (kind, error, trace)
        show(told, filename, tb_offset, exception_only, running_compiled_code)
        let_go(trace)

    whole.showtraceback = show_in_words
    shell.events.register("pre_run_cell", lambda _info: reserve.keep())


def is_shortage(error: BaseException) -> bool:
    """Does this error say that no memory could be had?"""
    if isinstance(error, MemoryError):
        return True
    # A graphics card's own shortage is another matter: its memory has another bound.
    is_cards = type(error).__name__ == "OutOfMemoryError"
    return (
        isinstance(error, RuntimeError)
        and not is_cards
        and any(phrase in message(error) for phrase in _PHRASES)
    )


class Reserve:
    """The last of the memory this Python may have, kept back until it is needed."""

    def __init__(self) -> None:
        self.bound: int | None = None
        """Bytes of data that a cell may have; None for no bound."""
        self.cushion: bytes | None = None
        """To be let go first of all, since to lend more takes some memory too. If there is none,
        IPython and asyncio fail as well, and the process ends."""

    def keep(self) -> None:
        """Before each cell: the reserve is for emergencies again, if there is room for that."""
        resource = _resource()
        now, most = resource.getrlimit(resource.RLIMIT_DATA)
        if now == resource.RLIM_INFINITY:
            self.bound = None
            return
        if self.bound is None:
            # A bound that cannot be raised has to be lowered to have a reserve.
            endless = most == resource.RLIM_INFINITY
            self.bound = now if endless else min(now, most - _RESERVE)
        wanted = max(self.bound, used() + _RESERVE // 2)
        if wanted != now:
            _set(wanted, most)
        self.cushion = self.cushion or bytes(_CUSHION)

    def lend(self) -> None:
        """So that the shortage can be told. Reads nothing: even that takes memory."""
        resource = _resource()
        now, most = resource.getrlimit(resource.RLIMIT_DATA)
        if now != resource.RLIM_INFINITY:
            _set(now + _RESERVE, most)


def words(error: BaseException, bound: int | None) -> str:
    """What happened, why, and what to do."""
    said = str(error).strip()
    why = (
        "and this computer could give no more"
        if bound is None
        else f"and may have {_gigabytes(bound)}"
    )
    cause = f" (Python said: {said[:200]})" if said else ""
    change = "" if bound is None else _CHANGE
    return (
        f"This cell asked for more memory than there is for it. Python holds {_gigabytes(used())} "
        f"{why}.{cause} Take fewer rows or a smaller batch at a time; delete what you no longer "
        f"need (del name); or restart Python, which frees everything.{change}"
    )


_CHANGE = " Whoever runs Tuning Fork can change the bound: TUNINGFORK_KERNEL_MEMORY_MB."


def let_go(trace: Any) -> None:
    """What the failed cell's functions worked with goes, and what is free goes to the system."""
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    if trace is not None:
        traceback.clear_frames(trace)
    gc.collect()
    system = ctypes.CDLL(None)
    if hasattr(system, "malloc_trim"):
        system.malloc_trim(0)


def used() -> int:
    """Bytes that count for the bound: Linux calls them data."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * int(_resource().getpagesize())


def _set(wanted: int, most: int) -> None:
    resource = _resource()
    endless = most == resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if endless else min(wanted, most), most))


def _resource() -> Any:
    import resource

    return resource


def _gigabytes(number: int) -> str:
    return f"{number / 2**30:.1f} GB"
