"""Standard output of a kernel, paced: many small flushes become at most twenty messages a second.

`print(…, flush=True)`, tqdm and logging flush after every line, and each flush is a message that
the kernel, the host, the server and the page must handle. A flush that follows another within
`PACE_S` is put off for that long instead. What Jupyter itself asks for (before a display, a result,
an error, an input, at the end of a cell) is never put off, so order is kept. A write to one
stream first sends what the other still owes. A long text is cut into messages of `PIECE`
characters, and a program that prints faster than its output can leave waits here, not in memory.

The price: text flushed in the last `PACE_S` before a process is killed outright may be lost.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections import defaultdict
from importlib.metadata import version

from ipykernel.iostream import OutStream

PACE_S = 0.05
PIECE = 256 * 1024


class PacedStream(OutStream):
    """Drop-in for ipykernel's OutStream."""

    flush_interval = PACE_S
    _last_flush = 0.0
    _pending = 0
    owes = False
    """A flush was asked for and put off."""

    def write(self, string: str) -> int:
        """Add text; flush when there is much of it."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string).__name__}")
        self._settle_other()
        for start in range(0, len(string) or 1, PIECE):
            piece = string[start : start + PIECE]
            super().write(piece)
            self._pending += len(piece)
            if self._pending >= PIECE and self._is_master_process():
                self._flush_now()
        return len(string)

    def flush(self) -> None:
        """Send what was written: now, or within `PACE_S` if that was done a moment ago."""
        if self._may_wait():
            self.owes = True
            self._schedule_flush()
        else:
            self._flush_now()

    def _may_wait(self) -> bool:
        recent = time.monotonic() - self._last_flush < PACE_S
        return recent and self._is_master_process() and not _asked_by_jupyter()

    def _flush_now(self) -> None:
        super().flush()
        self._last_flush = time.monotonic()

    def _flush(self) -> None:
        self.owes = False
        self._pending = 0
        super()._flush()

    def _begin_as_child(self) -> None:
        """After a fork: what the parent has yet to send is the parent's to send."""
        self._buffers = defaultdict(io.StringIO)
        self._buffer_lock = threading.RLock()
        self._pending, self.owes = 0, False

    def _settle_other(self) -> None:
        other = sys.stderr if self is sys.stdout else sys.stdout
        if isinstance(other, PacedStream) and other.owes:
            other._flush_now()


def pace_streams() -> None:
    """For a kernel that was started with ipykernel's own streams: they become paced ones."""
    if int(version("ipykernel").split(".")[0]) < 7:
        return
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is OutStream:
            # Its attributes are the same; only methods differ.
            object.__setattr__(stream, "__class__", PacedStream)


def _begin_streams_as_child() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, PacedStream):
            stream._begin_as_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_streams_as_child)


def _asked_by_jupyter() -> bool:
    # 0 is this function, 1 _may_wait, 2 flush, 3 whoever called it.
    caller = sys._getframe(3).f_globals.get("__name__", "")
    return str(caller).partition(".")[0] in ("ipykernel", "IPython")
