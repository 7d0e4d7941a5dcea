"""A kernel's process that `subprocess` did not start, with those of Popen's ways that Jupyter uses.

The process is a child of ours (see `reaper.py`), so its exit code is ours to collect, and its
number cannot be given to another process before we have.
"""

from __future__ import annotations

import os
import signal

from host.walls.sandbox import Sandbox


class ForkedProcess:
    """Popen's `pid`, `returncode`, `poll`, `wait` and signals."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, sandbox: Sandbox | None = None) -> None:
        """`sandbox`: the room that it is in."""
        self.pid = pid
        self.sandbox = sandbox
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Exit code, minus the signal that ended it, or None while it runs."""
        return self._collect(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for the end."""
        return self._collect(0)

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _collect(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode
