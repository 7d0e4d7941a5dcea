"""A note of what this Python is doing, in a small file, for whoever finds it dead.

A process that is ended for want of memory cannot say any more what it was at. The app names a file
(`TUNINGFORK_DOING`); loading a model and training write a line to it while they last. In a plain
notebook or script there is no such file, and nothing is written.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_FILE = "TUNINGFORK_DOING"
#: Bytes of a note. Always as many, so that a shorter one leaves nothing of a longer one behind.
_LENGTH = 512
_MB = 1024 * 1024


class Note:
    """What is being done, with numbers that change while it lasts."""

    def __init__(self, kind: str, **facts: Any) -> None:
        self._facts = {"kind": kind, **facts}
        self._owner = os.getpid()

    def add(self, **facts: Any) -> None:
        """Notes more, or the same anew. A few microseconds."""
        self._facts |= facts
        # A worker that was forked is not what the note is about.
        if self._owner == os.getpid():
            _write(self._facts)


class TrainingNote:
    """Step by step: how far a training is, and how much memory its rows take."""

    def __init__(self, note: Note, batch: int) -> None:
        self._note = note
        self._base = _begin_peak()
        self._peak = self._base
        note.add(batch=batch)

    def step(self, step: int, rows: int) -> None:
        """A step is done; `rows` went through the model at once.

        Once memory has risen, what it rose by is what the rows took; the optimizer's own share is
        counted among it, so it is rather too much than too little.
        """
        peak = _peak()
        self._note.add(step=step)
        if peak > self._peak and rows > 0:
            self._peak = peak
            self._note.add(base_mb=round(self._base), row_mb=round((peak - self._base) / rows, 3))


@contextmanager
def doing(kind: str, **facts: Any) -> Iterator[Note]:
    """Inside the block this Python does so; afterwards what it did before."""
    note = Note(kind, **facts)
    _under_way.append(note)
    note.add()
    try:
        yield note
    finally:
        _under_way.remove(note)
        if _under_way:
            _under_way[-1].add()
        else:
            _write({})


@contextmanager
def training(total: int, batch: int) -> Iterator[TrainingNote]:
    """Inside the block it trains: `total` steps of `batch` rows."""
    with doing("training", of=total) as note:
        yield TrainingNote(note, batch)


#: The newest last. There may be two: a cell beside the one that trains loads a model.
_under_way: list[Note] = []


def _write(facts: dict[str, Any]) -> None:
    path = os.environ.get(_FILE)
    if not path:
        return
    # It is for the worst case only; no work may end because it cannot be written.
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(handle, json.dumps(facts).encode().ljust(_LENGTH))
        finally:
            os.close(handle)


def _begin_peak() -> float:
    """From here on the peak counts anew, where Linux lets it; megabytes in use now."""
    marks = Path("/proc/self/clear_refs")
    with suppress(OSError):
        if marks.exists():
            marks.write_text("5", encoding="ascii")
    return _peak()


def _peak() -> float:
    """The most megabytes that this process held; 0 where that says nothing about a batch."""
    if not sys.platform.startswith("linux") or _uses_a_graphics_card():
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB


def _uses_a_graphics_card() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())
