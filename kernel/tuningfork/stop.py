"""How a run is asked to end, and ends between two steps: nothing is left half done.

Interrupt, SIGTERM (a restart of the kernel sends it) and `pause()` only leave a word; the loop
reads it after each step. A second Interrupt does not wait. Whoever has no name for a run, as the
button of a page, pauses all of this process with `pause_runs()`.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """The word that was left: "", "pause", "enough", "interrupt" or "terminate"."""

    asked = ""

    def pause(self) -> None:
        self.asked = self.asked or "pause"

    def enough(self) -> None:
        """Ends the run as if it had been planned so."""
        self.asked = self.asked or "enough"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hears `pause_runs()`, and the signals of this process if this thread gets them."""
        _listening.add(self)
        try:
            with self._hearing_signals():
                yield
        finally:
            _listening.discard(self)

    @contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._interrupt),
            signal.SIGTERM: signal.signal(signal.SIGTERM, self._terminate),
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def act(self) -> None:
        """Does what was asked, now that all is saved and the signals are as they were."""
        if self.asked == "interrupt":
            raise KeyboardInterrupt
        if self.asked == "terminate":
            os.kill(os.getpid(), signal.SIGTERM)

    def _interrupt(self, _number: int, _frame: Any) -> None:
        if self.asked == "interrupt":
            raise KeyboardInterrupt
        self.asked = "interrupt"

    def _terminate(self, _number: int, _frame: Any) -> None:
        self.asked = "terminate"


#: Whoever is asked by `pause_runs`. A button knows no variable of the learner's, so there is no
#: other way to find what trains. A run is here for as long as its loop goes round, and no longer.
_listening: set[Stop] = set()


def pause_runs() -> int:
    """Pauses every training of this process after its step; gives how many there were."""
    asked = list(_listening)
    for stop in asked:
        stop.pause()
    return len(asked)


def are_running() -> bool:
    """Does anything train in this process now, in whatever thread?"""
    return bool(_listening)
