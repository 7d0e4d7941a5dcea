"""Whether this kernel does nothing, and what it can give back before it is frozen.

Only the kernel knows that a cell runs which merely waits: for an answer, for a download, for time
to pass. It is asked on the control channel, which answers whatever runs.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


class Resting:
    """Knows the threads in which a cell, or other code that was sent, runs now."""

    def __init__(self, shell: InteractiveShell, kernel: Any) -> None:
        self._kernel = kernel
        self._running: set[int] = set()
        shell.events.register("pre_execute", self._begin)
        shell.events.register("post_execute", self._end)

    def rest(self) -> bool:
        """Give memory back, if there is nothing to do. `False`: there is."""
        if self._running or _trains() or self._is_debugged():
            return False
        gc.collect()
        give_back()
        return True

    def _begin(self) -> None:
        self._running.add(threading.get_ident())

    def _end(self) -> None:
        self._running.discard(threading.get_ident())

    def _is_debugged(self) -> bool:
        return bool(getattr(getattr(self._kernel, "debugger", None), "is_started", False))


def give_back() -> None:
    """What was freed and is kept for later goes back to the system. For the C library of Linux."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _trains() -> bool:
    """In a thread of the learner's own. Where the library is not loaded nothing trains."""
    stop = sys.modules.get("tuningfork.stop")
    return stop is not None and stop.are_running()
