"""One line that tells how far a download is: megabytes, speed, time left.

In a notebook or a terminal the line is written over; in a file, where that would not work, a new
one comes every ten seconds.
"""

import sys
import time

_MB = 1_000_000
#: Seconds between two looks of the line: where it is written over, and where it is not.
_OFTEN, _SELDOM = 0.5, 10.0


class Progress:
    """Use: `add(bytes)` for what arrives, `note(words)` for news, `finish()`."""

    def __init__(self, what: str, total: int, had: int = 0) -> None:
        """`total`: bytes in all; `had`: bytes that are here from an earlier try."""
        self._what = what
        self._total = total
        self._had = self._have = had
        self._begin = time.perf_counter()
        self._rewrites = _is_notebook() or sys.stdout.isatty()
        self._due = self._begin + (_OFTEN if self._rewrites else _SELDOM)
        self._width = 0
        if had:
            self.note(f"going on at {had // _MB} of {_megabytes(total)}")

    @property
    def have(self) -> int:
        return self._have

    def add(self, count: int) -> None:
        """More bytes are here; a negative count takes back what had to be thrown away."""
        self._have += count
        now = time.perf_counter()
        if now < self._due or count < 0:
            return
        self._due = now + (_OFTEN if self._rewrites else _SELDOM)
        self._write(f"{self._what}: {self._where(now)}")

    def note(self, words: str) -> None:
        """Says something else in the same place, at once."""
        self._write(f"{self._what}: {words}")

    def finish(self) -> None:
        seconds = max(1, round(time.perf_counter() - self._begin))
        self._write(f"{self._what}: downloaded {_megabytes(self._total)} in {_span(seconds)}.")
        self.close()

    def close(self) -> None:
        """Leaves the line as it is: what is printed next gets one of its own."""
        if self._rewrites and self._width:
            print(flush=True)
        self._width = 0

    def _where(self, now: float) -> str:
        told = f"{self._have // _MB} of {_megabytes(self._total)}"
        speed = (self._have - self._had) / (now - self._begin)
        if speed > 0 and now - self._begin > _OFTEN:
            told += f", {speed / _MB:.1f} MB/s"
            told += f", about {_span(round((self._total - self._have) / speed))} left"
        return told

    def _write(self, line: str) -> None:
        if not self._rewrites:
            print(line, flush=True)
            return
        # Spaces wipe the rest of a longer line that stood here before.
        print("\r" + line.ljust(self._width), end="", flush=True)
        self._width = len(line)


def _megabytes(size: int) -> str:
    return f"{max(1, round(size / _MB))} MB"


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _is_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
