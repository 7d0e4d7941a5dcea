"""A tape in the kernel itself, for servers that keep none.

Everything an execution says is numbered, 1, 2, 3 …, in the message's metadata, and a copy is kept
until the web process has it in its journal. What a server dropped, cut off for speed, or had
already written to a connection that broke is asked for again on the control channel, which answers
whatever runs and is never limited. When more is printed than `LIMIT` while nobody takes it, the
oldest goes; the numbers say so. (inside/ring.py does the same for our own host, whose private
channel can carry numbers beside a message; here they must pass through a stock server.)

Knows nothing of WebSockets or of the web process.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

REQUEST = "tuningfork_reel"
REPLY = "tuningfork_reel_reply"
LIMIT = 32 * 2**20
"""Bytes kept."""
BATCH = 2**20
"""Bytes in one reply, if it is more than one message."""


class Reel:
    """Numbered copies of what was said; safe for threads, and for an interrupt at any line."""

    def __init__(self, after: int, limit: int = LIMIT) -> None:
        self._lock = threading.Lock()
        # The first one here is the last that is forgotten.
        self._kept: deque[tuple[int, tuple[bytes, ...]]] = deque([(after, ())])
        self._size = 0
        self._limit = limit

    @property
    def last(self) -> int:
        """Number of the newest message."""
        return self._kept[-1][0]

    @property
    def forgotten(self) -> int:
        """Everything up to this number is gone."""
        return self._kept[0][0]

    def number(self, message: dict[str, Any], pack: Callable[[], list[bytes]]) -> list[bytes]:
        """Give the message its number and keep what `pack` makes of it: its signed parts."""
        with self._lock:
            number = self.last + 1
            message["metadata"]["tape"] = number
            packed = pack()
            # The last four are header, parent header, metadata and content.
            parts = tuple(packed[-4:])
            # With this one step the number is taken. A message that cannot be packed leaves no gap.
            self._kept.append((number, parts))
            self._size += sum(map(len, parts))
            while self._size > self._limit and len(self._kept) > 2:
                self._drop()
            return packed

    def forget(self, upto: int) -> None:
        """Let go of everything up to and including `upto`."""
        with self._lock:
            while len(self._kept) > 1 and self.forgotten < upto:
                self._drop()

    def read(self, after: int) -> dict[str, object]:
        """What came after that number: the oldest first, at most `BATCH` bytes of it."""
        with self._lock:
            start = max(after - self.forgotten, 0) + 1
            frames: list[list[str]] = []
            size = 0
            for _, parts in islice(self._kept, start, None):
                size += sum(map(len, parts))
                if frames and size > BATCH:
                    break
                frames.append([part.decode() for part in parts])
            return {"forgotten": self.forgotten, "last": self.last, "frames": frames}

    def _drop(self) -> None:
        self._kept.popleft()
        self._size -= sum(map(len, self._kept[0][1]))


def keep_reel(kernel: Any, after: int) -> None:
    """From now on this kernel keeps a reel and answers `tuningfork_reel` on its control channel."""
    reel = Reel(after)
    session = kernel.session
    serialize = session.serialize

    def numbered(message: dict[str, Any], ident: Any = None) -> list[bytes]:
        def pack() -> list[bytes]:
            packed: list[bytes] = serialize(message, ident)
            return packed

        if message["parent_header"].get("msg_type") != "execute_request":
            return pack()
        return reel.number(message, pack)

    def answer(stream: Any, identities: Any, message: dict[str, Any]) -> None:
        content = message["content"]
        if "forget" in content:
            reel.forget(int(content["forget"]))
        reply: dict[str, object] = {"status": "ok"}
        if "after" in content:
            reply.update(reel.read(int(content["after"])))
        session.send(stream, REPLY, reply, message, ident=identities)

    session.serialize = numbered
    kernel.control_handlers[REQUEST] = answer
