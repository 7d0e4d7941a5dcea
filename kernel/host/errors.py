"""What a kernel writes to its standard error, past Jupyter: faults, and libraries' last words.

Without walls that is a file. A kernel behind walls gets a pipe: a file of the host's would be a
place to write to that nobody bounds, for every program in the room. The pipe has a name, so the
next host hears it as well, and both its ends are in the kernel's hands, so nobody there gets an
error when no host hears. The newest of what was heard is kept in the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_FILE, _PIPE = "stderr", "errors"
_KEPT = 16_000
"""Bytes. A fault is followed by the names of all libraries in memory."""
_AT_ONCE = 2**16


@contextmanager
def errors_of(home: Path, *, piped: bool) -> Iterator[IO[bytes]]:
    """Where the process that is about to be launched writes to. Empty.

    Args:
        home: the host's folder for the kernel.
        piped: whether the kernel is behind walls.
    """
    pipe = home / _PIPE
    pipe.unlink(missing_ok=True)
    with (home / _FILE).open("wb") as file:
        if not piped:
            yield file
            return
    os.mkfifo(pipe, 0o600)
    with os.fdopen(os.open(pipe, os.O_RDWR), "wb", buffering=0) as writing:
        yield writing


class Errors:
    """The host's side of it, for one process."""

    def __init__(self, home: Path) -> None:
        self._file = home / _FILE
        self._pipe = _opened(home / _PIPE)
        self._said = b"" if self._pipe is None else _end_of(self._file)

    def hear(self) -> bool:
        """Keep what was said. A few times a second: whoever says more waits. False: nothing was."""
        if self._pipe is None:
            return False
        try:
            more = os.read(self._pipe, _AT_ONCE)
        except BlockingIOError:
            return False
        if more:
            self._said = (self._said + more)[-_KEPT:]
            self._file.write_bytes(self._said)
        return bool(more)

    def close(self) -> str:
        """When the process has ended: the last that it said."""
        if self._pipe is None:
            return _end_of(self._file).decode(errors="replace")
        # As much as a pipe holds, and not what those it has left behind may add.
        self.hear()
        os.close(self._pipe)
        self._pipe = None
        return self._said.decode(errors="replace")


def _opened(pipe: Path) -> int | None:
    try:
        handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except (AttributeError, FileNotFoundError):
        return None
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    return None


def _end_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, os.fstat(opened.fileno()).st_size - _KEPT))
            return opened.read(_KEPT)
    except FileNotFoundError:
        return b""
