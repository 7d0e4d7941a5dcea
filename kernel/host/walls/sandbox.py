"""A room that stands: how it is put up, how a process finds its door, and how it is ended.

For a forked kernel bubblewrap starts a program that only waits, and the kernel steps in to it. The
program ends when the kernel does: the kernel holds the other end of its input. Nothing depends on
this host: a room outlives it with its kernel, and what `Sandbox` says can be written down, so that
the next host can end it. It is ended through its first process, with which Linux ends all others
in it, whatever a learner has done to them.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import IO, Any

from host.walls import seccomp
from host.walls.bubblewrap import walled
from host.walls.environment import clean
from host.walls.joining import KINDS, Door
from host.walls.keyring import leave_keyring
from host.walls.process import children
from host.walls.room import Limits, Room

if sys.platform != "win32":
    # There are no walls there, but the host knows of this module.
    import fcntl
    import resource

_READY = b"ready\n"
_WAIT = ["cat"]
"""Tells what it hears, and waits for more. It hears that it is ready."""
_OWNER_OF_NAMESPACE = 0xB701
"""`NS_GET_USERNS` of <linux/nsfs.h>."""
_STANDS_S = 10.0


class RoomFailedError(Exception):
    """The room could not be put up; the text says why."""


@dataclass(frozen=True)
class Sandbox:
    """A room, as it can be written down."""

    first: int
    """Process id of its first process."""
    began: int
    """When that began, in the system's ticks since it started: numbers of processes come again."""

    @classmethod
    def of(cls, first: int) -> Sandbox:
        """
        Raises:
            OSError: there is no such process.
        """
        return cls(first, _began(first))

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Sandbox:
        """What `facts` gave to an earlier host."""
        return cls(int(facts["first"]), int(facts["began"]))

    def facts(self) -> dict[str, int]:
        """For a file."""
        return asdict(self)

    def end(self) -> None:
        """End everything in it, at once. Nothing happens when it has ended."""
        with suppress(ProcessLookupError, FileNotFoundError):
            handle = os.pidfd_open(self.first)
            try:
                # The handle was there before this look: it is for the process that is meant.
                if _began(self.first) == self.began:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            finally:
                os.close(handle)


@dataclass(frozen=True)
class Entrance:
    """An empty room, open for one process."""

    sandbox: Sandbox
    door: Door
    files: Sequence[int]
    """What the process needs, in the order of `enter`'s arguments; then what it holds on to for as
    long as it lives."""

    @contextmanager
    def held(self) -> Iterator[Entrance]:
        """Lets go of the files afterwards: then only the kernel keeps the room standing."""
        try:
            yield self
        finally:
            for file in self.files:
                os.close(file)


async def put_up(room: Room, errors: IO[bytes]) -> Entrance:
    """An empty room. On the host's main thread: the keyring is a thread's.

    Raises:
        WallsMissingError: bubblewrap is not installed.
        RoomFailedError: bubblewrap could not build it.
    """
    hearing, telling = socket.socketpair()
    waiting, holding = os.pipe()
    try:
        os.write(holding, _READY)
        with hearing, telling:
            _build(room, waiting, telling.fileno(), errors)
            telling.close()
            first = await first_process(hearing, _READY)
        bind_all(first, room.limits)
        return _entrance(first, room, holding)
    except BaseException:
        os.close(holding)
        raise
    finally:
        os.close(waiting)


def _build(room: Room, hears: int, tells: int, errors: IO[bytes]) -> None:
    leave_keyring()
    with walled(room, _WAIT, told=tells, lasting=True) as inside:
        subprocess.Popen(
            inside.command,
            env=clean({}),
            cwd="/",
            stdin=hears,
            stdout=tells,
            stderr=errors,
            pass_fds=(tells, *inside.files),
            start_new_session=True,
        )


def bind_all(first: int, limits: Limits) -> None:
    """What holds for a kernel holds for all in its room: a learner may trace them, and use them.

    Raises:
        OSError: it has ended, or cannot be bound.
    """
    for pid in (first, *children(first)):
        for name, most in limits.by_name().items():
            resource.prlimit(pid, getattr(resource, f"RLIMIT_{name}"), (most, most))


async def first_process(link: socket.socket, until: bytes = b"}") -> int:
    """What bubblewrap tells: the process id of the sandbox's first process.

    Args:
        until: what has to be said before this returns.

    Raises:
        RoomFailedError: it ended, or did not say it.
    """
    link.setblocking(False)
    try:
        text = await asyncio.wait_for(_said(link, until), _STANDS_S)
        return int(json.JSONDecoder().raw_decode(text.decode())[0]["child-pid"])
    except (TimeoutError, OSError, ValueError, KeyError) as error:
        detail = f" ({error})" if str(error) else ""
        raise RoomFailedError(
            f"bubblewrap could not build the walls{detail}. To find out why: npm run doctor"
        ) from error


async def _said(link: socket.socket, until: bytes) -> bytes:
    said = b""
    while until not in said:
        more = await asyncio.get_running_loop().sock_recv(link, 4096)
        if not more:
            raise OSError("it has ended")
        said += more
    return said


def _entrance(first: int, room: Room, holding: int) -> Entrance:
    own = [kind for kind in KINDS if _namespace("self", kind) != _namespace(first, kind)]
    final = os.open(f"/proc/{first}/ns/user", os.O_RDONLY)
    mounts = os.open(f"/proc/{first}/ns/mnt", os.O_RDONLY)
    try:
        owner = fcntl.ioctl(mounts, _OWNER_OF_NAMESPACE)
    finally:
        os.close(mounts)
    forbidden = (seccomp.program() or b"").hex()
    door = Door(sum(KINDS[kind] for kind in own), room.limits.by_name(), forbidden)
    return Entrance(Sandbox.of(first), door, (owner, final, os.pidfd_open(first), holding))


def _namespace(who: int | str, kind: str) -> str:
    return os.readlink(f"/proc/{who}/ns/{kind}")


def _began(pid: int) -> int:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[19])
