"""Lets frozen kernels go on when the host dies with no time for it.

A held process cannot notice that its host has gone, and would stay for ever. So a small shell,
which does nothing but wait, is told which processes are held; when the host's end of the pipe
closes, for whatever reason, it lets them go on. They then wait for the next host, or end.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

_PROGRAM = 'while read -r line; do held=$line; done; [ -z "$held" ] || kill -CONT $held'


class Waker:
    """For all kernels of a host. Started when the first one is frozen."""

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        self._told = b"\n"

    def tell(self, held: Iterable[int]) -> None:
        """These processes, and no others, are held from now on, or will be in a moment."""
        line = " ".join(map(str, sorted(held))).encode() + b"\n"
        if line == self._told:
            return
        if self._shell is None or self._shell.poll() is not None:
            self._shell = _start()
        if self._shell.stdin:
            self._shell.stdin.write(line)
            self._shell.stdin.flush()
        self._told = line


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A signal to the host's group is not meant for it.
        start_new_session=True,
    )
