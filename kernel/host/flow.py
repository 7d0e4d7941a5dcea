"""Which channels of a kernel are listened to now. On one that is not, the kernel waits to speak.

Output waits when there is more of it than the kernel may say (allowance.py). Replies have an
allowance of their own: they are small, and must not wait behind a print. All wait while the tape is
full.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

from host.allowance import Allowance

_SPEAKING = ("iopub", "shell", "stdin")
"""Not control, on which the kernel answers the host itself: it waits for its own words only."""
_log = logging.getLogger(__name__)


class Flow:
    """Of one kernel."""

    def __init__(self, listen: Callable[[str], None], pause: Callable[[str], None]) -> None:
        """Both are told a channel."""
        self._listen = listen
        self._pause = pause
        self._paused: dict[str, Literal["full", "slowed"]] = {}
        self.allow(None)

    def allow(self, rate: float | None) -> None:
        """From now on: bytes a second in the long run; None: as many as it likes."""
        self._output, self._replies = Allowance(rate), Allowance(rate)
        self._control = Allowance(rate)

    def begin(self) -> None:
        """All channels were opened anew, to a process that is to blame for no other's words."""
        self._paused = {}
        self._renew()

    def heard(self, channel: str, size: int, *, full: bool) -> None:
        """A message of so many bytes was recorded; `full`: so is the tape."""
        if full and "full" not in self._paused.values():
            _log.warning("The tape is full; the kernel waits until the web process has read some.")
            for one in _SPEAKING:
                self._hold(one, "full")
        if full and channel not in _SPEAKING:
            self._hold(channel, "full")
        wait = self._allowance_of(channel).spend(size, time.monotonic())
        if wait > 0 and channel not in self._paused:
            self._hold(channel, "slowed")
            asyncio.get_running_loop().call_later(wait, self._go_on, "slowed")

    def _allowance_of(self, channel: str) -> Allowance:
        if channel == "iopub":
            return self._output
        return self._replies if channel in _SPEAKING else self._control

    def make_room(self) -> None:
        """The tape is not full any more."""
        self._go_on("full")

    def hurry(self) -> None:
        """What it has said by now is not held up any more."""
        self._renew()
        self._go_on("slowed")

    def end(self) -> None:
        """What is still under way is read at once, or it would be lost with the channels."""
        for channel in tuple(self._paused):
            self._release(channel)

    def _renew(self) -> None:
        for allowance in (self._output, self._replies, self._control):
            allowance.renew()

    def _hold(self, channel: str, why: Literal["full", "slowed"]) -> None:
        self._paused[channel] = why
        self._pause(channel)

    def _go_on(self, why: Literal["full", "slowed"]) -> None:
        for channel, its in tuple(self._paused.items()):
            if its == why:
                self._release(channel)

    def _release(self, channel: str) -> None:
        del self._paused[channel]
        self._listen(channel)
