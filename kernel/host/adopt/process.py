"""A process that another host has started: not a child of ours, yet watched, signalled and ended.

On Linux through a handle (pidfd), which means this process and no later one with its number. How
it ended is told by the handle (Linux 6.15 and later) or can be seen while nobody has collected the
process; otherwise nobody knows, and `UNSEEN` says so. Elsewhere by number and time of beginning.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import sys
import time
from pathlib import Path

from host.adopt.record import began
from host.walls.sandbox import Sandbox
from host.watch import UNSEEN

_LOOK_S = 0.02
_GET_INFO = 0xC040FF0B
"""`PIDFD_GET_INFO` of <linux/pidfd.h> for a `struct pidfd_info` of 64 bytes."""
_INFO = struct.Struct("<QQ11Ii")
_EXIT = 1 << 3
"""`PIDFD_INFO_EXIT`."""
_EXIT_FIELD = 49


class AdoptedProcess:
    """Popen's `pid`, `returncode`, `poll`, `wait` and signals."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, born: float, sandbox: Sandbox | None = None) -> None:
        """
        Args:
            born: when it began, as `began` says it.
            sandbox: the room that it is in.

        Raises:
            ProcessLookupError: it has ended.
        """
        self.pid = pid
        self.sandbox = sandbox
        self.returncode: int | None = None
        self._born = born
        self._handle = os.pidfd_open(pid) if sys.platform == "linux" else None
        # The handle was there before this look: it is for the process that is meant.
        if began(pid) != born:
            self._close()
            raise ProcessLookupError(pid)

    def poll(self) -> int | None:
        """Exit code, minus the signal that ended it, `UNSEEN`, or None while it runs."""
        if self.returncode is None and self._has_ended():
            self.returncode = self._how()
            self._close()
        return self.returncode

    def wait(self) -> int | None:
        """Wait for the end."""
        while self.poll() is None:
            time.sleep(_LOOK_S)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is not None:
            return
        try:
            if sys.platform == "linux" and self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _has_ended(self) -> bool:
        if self._handle is None:
            return began(self.pid) != self._born
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(0))

    def _how(self) -> int:
        # It may be collected at any moment between two looks.
        for look in (self._told, self._seen, self._told):
            status = look()
            if status is not None:
                return os.waitstatus_to_exitcode(status)
        return UNSEEN

    def _told(self) -> int | None:
        if sys.platform != "linux" or self._handle is None:
            return None
        import fcntl

        asked = _INFO.pack(_EXIT, *([0] * 13))
        try:
            mask, *_, status = _INFO.unpack(fcntl.ioctl(self._handle, _GET_INFO, asked))
        except OSError:
            return None
        return int(status) if mask & _EXIT else None

    def _seen(self) -> int | None:
        """Of a process that has ended and was not collected yet."""
        try:
            text = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        fields = text.rpartition(")")[2].split()
        is_it = float(fields[19]) == self._born and fields[0] == "Z"
        return int(fields[_EXIT_FIELD]) if is_it else None

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class EndedProcess:
    """A process that ended while there was no host: nobody knows how."""

    stdin = stdout = stderr = None
    returncode = UNSEEN

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Always the same."""
        return UNSEEN

    def wait(self) -> int | None:
        """It has ended."""
        return UNSEEN

    def send_signal(self, number: int) -> None:
        """To nobody."""

    def terminate(self) -> None:
        """It has ended."""

    def kill(self) -> None:
        """It has ended."""
