"""One kernel asked of a template, and into a room if it is to have one.

What a fork says about itself is only a hint where to look. A kernel with a room may begin when the
system shows that its process is in there; anything else is a failure.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Sequence

from host.fork.port import Order
from host.fork.process import ForkedProcess
from host.fork.protocol import GO, UNSEEN, Request, hear, pass_on, send_request
from host.walls.proof import doubts
from host.walls.sandbox import Entrance, put_up

_LOOK_S = 0.001
_ADOPTION_S = 5.0


class OutsideError(Exception):
    """The fork is not where it should be, whatever it says; the text says what was seen."""


async def ask(control: socket.socket, order: Order) -> ForkedProcess:
    """A kernel that answers.

    Raises:
        OSError, ClosedError, TypeError, ValueError, KeyError: the fork failed or told nonsense.
        OutsideError: it is not in its room.
        WallsMissingError, RoomFailedError: there is no room.
    """
    if order.room is None:
        return await _ask(control, order, None)
    entrance = await put_up(order.room, order.errors)
    with entrance.held():
        try:
            return await _ask(control, order, entrance)
        except BaseException:
            entrance.sandbox.end()
            raise


async def _ask(control: socket.socket, order: Order, entrance: Entrance | None) -> ForkedProcess:
    link, theirs = socket.socketpair()
    with link:
        with theirs:
            pass_on(control, theirs)
        with open(os.devnull, "r+b") as nothing:
            streams = [nothing.fileno(), nothing.fileno(), order.errors.fileno()]
            _send(link, order, entrance, streams)
        link.setblocking(False)
        entered = await _entered(link, entrance) if entrance else None
        facts = await hear(link)
        process = entered or ForkedProcess(int(facts["pid"]))
        if entrance:
            _look_at(process.pid, entrance)
        if order.room and order.room.group:
            order.room.group.take(process.pid)
        await asyncio.get_running_loop().sock_sendall(link, GO)
        return process


def _send(
    link: socket.socket, order: Order, entrance: Entrance | None, streams: Sequence[int]
) -> None:
    told = UNSEEN if entrance else os.getpid()
    request = Request(
        command=list(order.command),
        environment={**order.environment, "JPY_PARENT_PID": str(told)},
        folder=order.folder,
        parent=os.getpid(),
        door=entrance.door if entrance else None,
    )
    send_request(link, request, [*streams, *(entrance.files if entrance else ())])


async def _entered(link: socket.socket, entrance: Entrance) -> ForkedProcess:
    """The process in the room, once the one that let it in has ended and it is our child."""
    pid = int((await hear(link))["pid"])
    deadline = time.monotonic() + _ADOPTION_S
    while not _is_ours(pid):
        if time.monotonic() > deadline:
            raise OSError(f"process {pid} did not become a child of this host")
        await asyncio.sleep(_LOOK_S)
    return ForkedProcess(pid, entrance.sandbox)


def _is_ours(pid: int) -> bool:
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _look_at(pid: int, entrance: Entrance) -> None:
    seen = doubts(pid, entrance.sandbox.first, entrance.door.limits)
    if seen:
        raise OutsideError(f"process {pid}: {'; '.join(seen)}")
