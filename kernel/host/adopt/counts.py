"""How far the host has recorded what a kernel sent: four numbers in a file that both can read.

The host writes it after each message that it has put on the tape; the kernel, which keeps what it
sent until then, reads it to let go. A file and not a message: it costs microseconds, it says the
same after the host was killed, and a kernel behind walls, which sees the file and cannot change it,
needs no other way. Loaded by kernels too, so it imports little.
"""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

NAME = "recorded"
_LAYOUT = struct.Struct("<4Q")
COUNTED = ("iopub", "shell", "stdin")
"""Channels on which a kernel numbers what it says."""


@dataclass(frozen=True)
class Counts:
    """Numbers of the last ones; 0 before the first."""

    tape: int = 0
    """On the tape."""
    iopub: int = 0
    """Of the kernel's own count on that channel; it begins anew with each process."""
    shell: int = 0
    stdin: int = 0

    def of(self, channel: str) -> int:
        """The kernel's number on one channel; 0 for a channel that is not counted."""
        return int(getattr(self, channel)) if channel in COUNTED else 0


class CountsFile:
    """The file, open."""

    def __init__(self, folder: Path, *, write: bool) -> None:
        """
        Raises:
            OSError: it is not there, or cannot be made.
        """
        flags = os.O_RDWR | os.O_CREAT if write else os.O_RDONLY
        self._file = os.open(folder / NAME, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
        self._known = b""

    def write(self, counts: Counts) -> None:
        """Say how far it has come. One call to the system, so never half a number."""
        data = _LAYOUT.pack(counts.tape, counts.iopub, counts.shell, counts.stdin)
        if data == self._known:
            return
        self._known = data
        if sys.platform == "win32":
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, data)
        else:
            os.pwrite(self._file, data, 0)

    def read(self) -> Counts:
        """What was said last; zeros before the first time."""
        if sys.platform == "win32":
            os.lseek(self._file, 0, os.SEEK_SET)
            data = os.read(self._file, _LAYOUT.size)
        else:
            data = os.pread(self._file, _LAYOUT.size, 0)
        return Counts(*_LAYOUT.unpack(data)) if len(data) == _LAYOUT.size else Counts()

    def close(self) -> None:
        os.close(self._file)
