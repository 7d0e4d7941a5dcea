"""A kernel that was started in its room by bubblewrap, as Jupyter wants to see a process.

There are two processes of bubblewrap around it: one outside, which tells how the kernel ended, and
the sandbox's first. Signals go to the kernel itself: bubblewrap would end at an interrupt, and the
kernel would go on.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

_BY_SIGNAL = 128
"""A shell's way to say by which signal a program ended, and bubblewrap's."""
_LOOK_S = 0.005


class WalledProcess:
    """Popen's `pid`, `returncode`, `poll`, `wait` and signals, of the kernel."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, outer: subprocess.Popen[bytes]) -> None:
        """`pid`: the kernel's own; `outer`: bubblewrap outside."""
        self.pid = pid
        self._outer = outer

    @property
    def returncode(self) -> int | None:
        """As at the last look."""
        return told(self._outer.returncode)

    def poll(self) -> int | None:
        """Exit code, minus the signal that ended it, or None while it runs."""
        return told(self._outer.poll())

    def wait(self) -> int | None:
        """Wait for the end."""
        return told(self._outer.wait())

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def told(code: int | None) -> int | None:
    """bubblewrap's exit code in Popen's words."""
    if code is None or not _BY_SIGNAL < code < _BY_SIGNAL + signal.NSIG:
        return code
    return _BY_SIGNAL - code


async def program_in(first: int, outer: subprocess.Popen[bytes]) -> int | None:
    """Process id of the walled program, once it is there; None if bubblewrap ended before.

    Args:
        first: the sandbox's first process.
    """
    while outer.poll() is None:
        found = children(first)
        if found:
            # What loses its parent becomes this process's child too; the program was there before.
            return found[0]
        await asyncio.sleep(_LOOK_S)
    return None


def children(pid: int) -> list[int]:
    """Of a process, in the order in which they came."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for word in text.split()]
