"""One figure, what was found before, and the band that ours must stay in."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

#: Rows a step. The study does not tell its own (see the notes of `bands.py`).
BATCH = 32


@dataclass(frozen=True)
class Finding:
    """One row of the table."""

    what: str
    studied: str
    ours: str
    band: str
    holds: bool

    def line(self) -> str:
        verdict = "yes" if self.holds else "**no**"
        return f"| {self.what} | {self.studied} | {self.ours} | {self.band} | {verdict} |"


def between(what: str, studied: str, value: float, low: float, high: float) -> Finding:
    """A value and the band it must be in."""
    band = f"{low:.3g} to {high:.3g}"
    return Finding(what, studied, f"{value:.3g}", band, low <= value <= high)


@contextmanager
def quietly() -> Iterator[None]:
    with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        yield
