"""What this kernel has sent and its host has not recorded yet, so that the next host can have it.

A host that is killed takes with it what lay in its sockets, and what is sent while there is none is
lost on the way. So everything is numbered, each channel by itself, and kept until the host says
that it is on the tape (adopt/counts.py). When `limit` bytes wait, the sender waits too: nothing is
dropped. Where the host says nothing (it is an older one, or another program) the oldest go.

Safe for threads. Knows nothing of sockets.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from host.adopt.counts import Counts

LIMIT = 8 * 2**20
_LOOK_AT = LIMIT // 64
"""Bytes kept at which it is worth asking how far the host is."""
_WAIT_S = 0.002


@dataclass(frozen=True)
class Kept:
    """One message: its channel, its number there, and its parts after the address."""

    channel: str
    number: int
    parts: Sequence[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))


class Ring:
    """For one kernel."""

    def __init__(self, recorded: Callable[[], Counts] | None, limit: int = LIMIT) -> None:
        """`recorded` tells how far the host is; None where nobody says."""
        self._recorded = recorded
        self._limit = limit
        self._kept: deque[Kept] = deque()
        self._size = 0
        self._last: dict[str, int] = {}
        self._lock = threading.Lock()

    def keep(
        self, channel: str, parts: Sequence[bytes], meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Keep a message that is about to be sent; return its number.

        Args:
            meanwhile: called again and again while there is no room; without it, there is always.
        """
        size = sum(map(len, parts))
        self._make_room(size)
        while meanwhile and self._is_full(size):
            meanwhile()
            time.sleep(_WAIT_S)
            self._make_room(size)
        with self._lock:
            number = self._last.get(channel, 0) + 1
            self._last[channel] = number
            self._kept.append(Kept(channel, number, parts))
            self._size += size
        return number

    def after(self, counts: Mapping[str, int]) -> list[Kept]:
        """Everything kept that is newer than these numbers, in the order in which it was sent."""
        with self._lock:
            return [kept for kept in self._kept if kept.number > counts.get(kept.channel, 0)]

    def _is_full(self, size: int) -> bool:
        return self._size > 0 and self._size + size > self._limit

    def _make_room(self, size: int) -> None:
        if self._size + size <= min(_LOOK_AT, self._limit):
            return
        with self._lock:
            if self._recorded is None:
                while self._is_full(size):
                    self._drop()
                return
            recorded = self._recorded()
            while self._kept and self._kept[0].number <= recorded.of(self._kept[0].channel):
                self._drop()
            if self._is_full(size):
                # An answer to nobody must not keep all that came after it.
                self._kept = deque(
                    kept for kept in self._kept if kept.number > recorded.of(kept.channel)
                )
                self._size = sum(kept.size for kept in self._kept)

    def _drop(self) -> None:
        self._size -= self._kept.popleft().size
