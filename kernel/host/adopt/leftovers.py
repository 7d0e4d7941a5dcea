"""Kernels that nobody can take over: ended with all that belongs to them, their folders removed.

That is one whose id nobody was told, one that was about to end, one of a form this host does not
know, and one whose process was just being made: there the process is found by the sockets on which
it listens, and by its command line.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from host.adopt.process import AdoptedProcess
from host.adopt.record import Record
from host.clearing import clear_away
from host.walls.sandbox import Sandbox

_CREDENTIALS = struct.Struct("3i")


def end_leftover(home: Path, record: Record | None) -> None:
    """End it now, whatever it does, and remove its folder."""
    if record is not None:
        _end(record)
    if record is None or record.pid is None:
        for pid in {*_listening(home), *_started_with(home)} - {os.getpid()}:
            _end_group(pid, _group_of(pid))
    clear_away(home)


def _end(record: Record) -> None:
    if record.sandbox is not None:
        Sandbox.from_facts(record.sandbox).end()
    if record.pid is None or record.began is None:
        return
    # If it has ended, its number may be another process's by now.
    with suppress(ProcessLookupError):
        process = AdoptedProcess(record.pid, record.began)
        if process.poll() is None:
            _end_group(record.pid, record.group)
            process.kill()


def _end_group(pid: int, group: int | None) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group == pid and hasattr(os, "killpg"):
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (AttributeError, ProcessLookupError):
        return None


def _listening(home: Path) -> Iterator[int]:
    """Processes that listen on a socket in the folder, by the system's word for each."""
    if sys.platform != "linux":
        return
    # A learner may write to the folder of sockets (walls/room.py), and no folder of ours is deeper.
    for path in (*home.glob("*"), *home.glob("s/*")):
        with (
            suppress(OSError),
            _socket_itself(path) as there,
            socket.socket(socket.AF_UNIX) as link,
        ):
            link.connect(there)
            said = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            yield _CREDENTIALS.unpack(said)[0]


@contextmanager
def _socket_itself(path: Path) -> Iterator[str]:
    """A name for what is there now: no link, and nothing that is put in its place meanwhile.

    Raises:
        OSError: it is no socket.
    """
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            raise OSError(f"{path} is no socket")
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def _started_with(home: Path) -> Iterator[int]:
    """Processes with the kernel's connection file on their command line."""
    if sys.platform != "linux":
        return
    named = os.fsencode(home / "c.json")
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if named in path.read_bytes():
                yield int(path.parent.name)
