"""What passes between host, template and child.

    template → host   {"ready": …}: everything is loaded                  (the control socket)
    host → template   one byte and one end of a new pair of sockets       (the control socket)
    host → child      the order: file descriptors, a length, JSON         (the new pair)
    child → host      {"pid": …}: it is in its room                       (the new pair; rooms only)
    child → host      {"pid": …}: the kernel can be spoken to             (the new pair)
    host → child      one byte: it is wanted still                        (the new pair)

The template forks when a socket comes and never reads from it: what one kernel is told is not in
the memory that the next one is copied from.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from host.walls.joining import Door

GO = b"!"
UNSEEN = 1
"""For Jupyter: the parent is in no namespace of ours, and not to be looked for."""
_LENGTH_BYTES = 4
_MOST_FILES = 8


@dataclass(frozen=True)
class Request:
    """Everything a child needs to know."""

    command: Sequence[str]
    """The whole command line of an ordinary start, `python -m ipykernel_launcher` and more."""
    environment: Mapping[str, str]
    folder: str
    parent: int
    """Process id of the host."""
    door: Door | None = None
    """The room to step into before anything else."""


class ClosedError(Exception):
    """The other side has gone."""


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as bytes: its length, then JSON."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def send_request(link: socket.socket, request: Request, files: Sequence[int]) -> None:
    """Host: send the order, the descriptors that become 0, 1 and 2, and those of the room."""
    whole = packed(asdict(request))
    sent = socket.send_fds(link, [whole], list(files))
    link.sendall(whole[sent:])


def receive_request(link: socket.socket) -> tuple[Request, list[int]]:
    """Child: the order and its descriptors.

    Raises:
        ClosedError: the host has changed its mind.
    """
    start, files, _, _ = socket.recv_fds(link, _LENGTH_BYTES, _MOST_FILES)
    if len(start) < _LENGTH_BYTES:
        raise ClosedError
    body = _body(link, int.from_bytes(start, "big"))
    door = body.pop("door")
    return Request(**body, door=Door(**door) if door else None), files


def _body(link: socket.socket, length: int) -> Any:
    data = link.recv(length, socket.MSG_WAITALL)
    if len(data) < length:
        raise ClosedError
    return json.loads(data)


def pass_on(control: socket.socket, link: socket.socket) -> None:
    """Host: ask the template for a fork that will read from `link`."""
    socket.send_fds(control, [b"f"], [link.fileno()])


def next_link(control: socket.socket) -> socket.socket | None:
    """Template: wait to be asked; None when the host has gone."""
    data, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not data or not descriptors:
        return None
    return socket.socket(fileno=descriptors[0])


async def hear(link: socket.socket) -> dict[str, Any]:
    """Host: the next message on a socket that does not block.

    Raises:
        ClosedError: the other side ended without a word.
    """
    length = int.from_bytes(await _exactly(link, _LENGTH_BYTES), "big")
    message: dict[str, Any] = json.loads(await _exactly(link, length))
    return message


async def _exactly(link: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = await asyncio.get_running_loop().sock_recv(link, length - len(data))
        if not more:
            raise ClosedError
        data += more
    return data
