"""In which order a kernel's messages are recorded: each once, none left out, across two hosts.

A kernel numbers what it sends, each channel by itself (inside/keeping.py). A host that has just
taken a kernel over asks for what was missed, while new messages come in already: one that does not
follow the last is held back until the answer is there. Knows numbers, not what a message says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from host.adopt.counts import COUNTED, Counts

_MOST_HELD = 256 * 2**20
"""Bytes. Far more than comes while a kernel answers; one that never does must not fill the host."""
_OVERHEAD = 256
"""Bytes that a message takes besides what is in it."""

Record = Callable[[str, int, list[bytes]], None]
"""Told of a message: channel, number (0: it has none), parts."""
Lost = Callable[[int, list[bytes]], None]
"""Told how many messages are missing before one that has these parts."""


class Intake:
    """For one kernel; its numbers begin anew with each process."""

    def __init__(self, record: Record, lost: Lost) -> None:
        self._record = record
        self._lost = lost
        self._last: dict[str, int] = {}
        self._held: list[tuple[str, int, list[bytes]]] | None = None
        self._held_size = 0
        self.live = False
        """Output has come that was not asked for: from now on all of it comes."""

    def begin(self) -> None:
        """Another process: whatever number comes first is the first."""
        self._last = {}
        self._held = None
        self.live = False

    def resume(self, counts: Counts) -> None:
        """A process that was recorded up to here by another host. Until `release`, leave no gap."""
        self._last = {channel: counts.of(channel) for channel in COUNTED}
        self._held, self._held_size = [], 0
        self.live = False

    @property
    def after(self) -> Mapping[str, int]:
        """Number of the last message that was recorded, on each channel."""
        return dict(self._last)

    def counts(self, tape: int) -> Counts:
        """The same, for the file."""
        return Counts(tape, *(self._last.get(channel, 0) for channel in COUNTED))

    def take(self, channel: str, number: int, parts: list[bytes]) -> None:
        """A message that came by itself."""
        self.live = self.live or channel == "iopub"
        if self._held is not None and number > self._last.get(channel, number) + 1:
            self._held.append((channel, number, parts))
            self._held_size += sum(map(len, parts)) + _OVERHEAD
            if self._held_size > _MOST_HELD:
                self.release()
        else:
            self._put(channel, number, parts)

    def recall(self, messages: Iterable[tuple[str, tuple[int, list[bytes]]]]) -> None:
        """What the kernel gave when it was asked: channel, number and parts of each."""
        for channel, (number, parts) in messages:
            self._put(channel, number, parts)
        if self._held is not None:
            held, self._held, self._held_size = self._held, [], 0
            for message in held:
                self.take(*message)

    def release(self) -> None:
        """All that was missed is here; what was held back comes after it."""
        held, self._held = self._held or [], None
        for channel, number, parts in held:
            self._put(channel, number, parts)

    def _put(self, channel: str, number: int, parts: list[bytes]) -> None:
        if number and channel in COUNTED:
            last = self._last.get(channel, number - 1)
            if number <= last:
                return
            self._last[channel] = number
            if number > last + 1:
                self._lost(number - last - 1, parts)
        self._record(channel, number, parts)
