"""How a run is asked to end, and ends between two steps: nothing is left half done.

Interrupt, SIGTERM (a restart of the kernel sends it) and `pause()` only leave a word; the loop
reads it after each step. A second Interrupt does not wait.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """The word that was left: "", "pause", "interrupt" or "terminate"."""

    asked = ""

    def pause(self) -> None:
        self.asked = self.asked or "pause"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hears the signals of this process, if this thread is the one that gets them."""
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
