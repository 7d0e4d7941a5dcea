"""Standard output of a kernel, paced: many small flushes become at most twenty messages a second.

`print(…, flush=True)`, tqdm and logging flush after every line, and each flush is a message that
the kernel, the host, the server and the page must handle. A flush that follows another within
`PACE_S` is put off for that long instead. What Jupyter itself asks for (before a display, a result,
an error, an input, at the end of a cell) is never put off, so order is kept. A write to one
stream first sends what the other still owes. A long text is cut into messages of `PIECE`
characters, and a program that prints faster than its output can leave waits here, not in memory.

What does not come through Python (a program that a cell has started, a library in C) is written to
the files 1 and 2. Those are pipes, read here by a thread of their own; a cell is not over before
what it left there has been read. It belongs to the cell in turn, if one runs, since nothing tells
who has written it.

The price: text flushed in the last `PACE_S` before a process is killed outright may be lost.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import os
import select
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from ipykernel.iostream import OutStream
from IPython.core.interactiveshell import InteractiveShell

PACE_S = 0.05
PIECE = 256 * 1024
_READ = 64 * 1024
_running: dict[int, Any] = {}
"""Headers of the requests whose cells run, by thread."""


class PacedStream(OutStream):
    """Drop-in for ipykernel's OutStream."""

    flush_interval = PACE_S
    _last_flush = 0.0
    _pending = 0
    owes = False
    """A flush was asked for and put off."""
    _passing: threading.Lock | None = None
    """Held while something that was read from the pipe is on its way."""
    _passed = 0
    """Bytes from the pipe that have been written."""

    def fileno(self) -> int:
        """The pipe: what is written there appears in the cell."""
        super().fileno()
        return int(self._original_stdstream_fd)

    def settle(self) -> None:
        """Wait until what is in the pipe now has been read, as a print waits for its turn."""
        if self._passing is None:
            return
        with self._passing:
            due = self._passed + _waiting(self._fid or 0)
        # What is written meanwhile is not waited for: a program may go on writing for ever.
        while self._passed < due and self.watch_fd_thread.is_alive():
            time.sleep(0.001)

    def _setup_stream_redirects(self, name: str) -> None:
        self._passing = threading.Lock()
        super()._setup_stream_redirects(name)

    def _watch_pipe_fd(self) -> None:
        """On a thread of its own. Unlike ipykernel's, it does not cut letters in two."""
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        try:
            while self._should_watch and self._passing:
                _await(self._fid or 0)
                with self._passing:
                    if not self._pass_on(decode):
                        return
        except Exception:
            self._exc = sys.exc_info()

    def _pass_on(self, decode: Any) -> bool:
        data = os.read(self._fid or 0, _READ)
        if not data or not self._should_watch:
            return False
        with suppress(OSError):
            # Its log may be on a full disk, and whoever writes here must not wait for that.
            os.write(self._original_stdstream_copy, data)
        self._parent_header.set(_owner() or self._parent_header_global)
        self.write(decode(data))
        self._passed += len(data)
        return True

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
        self._passing = None

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


def follow_cells(shell: InteractiveShell) -> None:
    """Let the streams know which cells run, so that what is written to the files finds them."""
    shell.events.register("pre_execute", _begin_cell)
    shell.events.register("post_execute", _end_cell)


def _begin_cell() -> None:
    if isinstance(sys.stdout, OutStream):
        _running[threading.get_ident()] = sys.stdout.parent_header


def _end_cell() -> None:
    if sys.platform != "win32":
        # C has buffers of its own.
        ctypes.CDLL(None).fflush(None)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, PacedStream):
            stream.settle()
    _running.pop(threading.get_ident(), None)


def _owner() -> Any:
    running = dict(_running)
    in_turn = running.get(threading.main_thread().ident or 0)
    return in_turn or next(reversed(running.values()), None)


def _await(file: int) -> None:
    """Until there is something to read."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    poll.poll()


def _waiting(file: int) -> int:
    """Bytes that can be read."""
    try:
        import fcntl
        import termios
    except ImportError:
        # Windows has neither, nor a pipe whose end could be looked at.
        return 0
    return int.from_bytes(fcntl.ioctl(file, termios.FIONREAD, bytes(4)), sys.byteorder)


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
