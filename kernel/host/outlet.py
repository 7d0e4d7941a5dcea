"""The one way out of the walls: to the hosts that whoever teaches has named, and to no other.

Kernels behind walls have no network. If `TUNINGFORK_HOSTS` names hosts, this listens on a socket
that kernels can see and does what a proxy for https does: a kernel asks to be connected to a name
and a port, and if they are on the list it is. What then passes is encrypted between the kernel and
that host, and is not looked at. Names are looked up here; one that leads to this machine or to the
network around it is refused, whoever owns the name, unless the address itself is on the list.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from traitlets.log import get_logger

from host.streams import join

VARIABLE = "TUNINGFORK_HOSTS"
PLACE = "TUNINGFORK_OUTLET"
"""Where kernels find the socket."""
_HTTPS = 443
_NAME = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_LONGEST_HEAD = 8192
_ASK_S, _CONNECT_S = 10.0, 20.0
_AT_ONCE = 200


class HostsRefusedError(ValueError):
    """The list cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Hosts:
    """Names with their ports; a name that begins with "*." stands for all below it."""

    names: Sequence[tuple[str, int]]

    def allow(self, name: str, port: int) -> bool:
        """Is it on the list?"""
        given = name.lower().rstrip(".")
        return any(port == at and _fits(pattern, given) for pattern, at in self.names)


def _fits(pattern: str, name: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern


def hosts_from(environment: Mapping[str, str]) -> Hosts | None:
    """The list, or None: no host may be reached.

    Raises:
        HostsRefusedError: a part of it is no name of a host.
    """
    given = environment.get(VARIABLE, "").replace(",", " ").split()
    return Hosts(tuple(map(_host, given))) if given else None


def _host(text: str) -> tuple[str, int]:
    name, colon, port = text.lower().partition(":")
    at = int(port) if re.fullmatch("[0-9]{1,5}", port) else (0 if colon else _HTTPS)
    if not 0 < at < 2**16 or not (_NAME.fullmatch(name) or _address(name)):
        raise HostsRefusedError(
            f"{VARIABLE}: {text} is no host. Write names with spaces between them, such as "
            f'{VARIABLE}="huggingface.co *.hf.co files.example.org:8443". '
            f"Without a port it is {_HTTPS}."
        )
    return name, at


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Outlet:
    """Listens until the host ends."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self._hosts = hosts
        self.path = folder / "outlet"
        """The socket. Its folder is what kernels see."""
        self._server: asyncio.Server | None = None
        self._open = 0

    async def begin(self) -> None:
        """From now on. A socket that an earlier host has left is replaced by asyncio."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.path, limit=_LONGEST_HEAD)
        os.chmod(self.path, 0o600)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            there = await self._connect(await _asked(reader))
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await join((reader, writer), there)
        except _Refusal as refusal:
            writer.write(refusal.answer)
        except (OSError, TimeoutError) as error:
            get_logger().info("A kernel could not be connected: %s", error)
            writer.write(_Refusal(502, "This host did not answer.").answer)
        finally:
            self._open -= 1
            writer.close()

    async def _connect(
        self, asked: tuple[str, int]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name, port = asked
        if not self._hosts.allow(name, port):
            raise _Refusal(403, f"{name}:{port} is not on the list of hosts of this class.")
        if self._open > _AT_ONCE:
            raise _Refusal(503, "Too many connections at once. Try again in a moment.")
        async with asyncio.timeout(_CONNECT_S):
            # Connected by the address that was looked at: a second look might find another.
            return await asyncio.open_connection(await _look_up(name, port), port)


class _Refusal(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        body = f"{words}\n".encode()
        # In the status line too: most clients show nothing else of a proxy's refusal.
        head = f"HTTP/1.1 {status} {words}\r\nContent-Length: {len(body)}\r\n"
        self.answer = f"{head}Content-Type: text/plain\r\nConnection: close\r\n\r\n".encode() + body


async def _asked(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Name and port that somebody wants to be connected to."""
    try:
        async with asyncio.timeout(_ASK_S):
            head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
        raise _Refusal(400, "This is no request to a proxy.") from error
    line = head.split(b"\r\n", 1)[0].decode("latin-1")
    wanted = re.fullmatch(r"CONNECT ([A-Za-z0-9.-]+):(\d{1,5}) HTTP/1\.[01]", line)
    if wanted is None:
        raise _Refusal(405, "Only https addresses can be reached from here.")
    return wanted[1], int(wanted[2])


async def _look_up(name: str, port: int) -> str:
    """An address of it that may be reached."""
    literal = _address(name)
    if literal:
        return str(literal)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = [str(where[0]) for *_, where in found]
    outside = [text for text in addresses if ipaddress.ip_address(text).is_global]
    if not outside:
        raise _Refusal(403, f"{name} leads to this network itself, which is closed to kernels.")
    return outside[0]
