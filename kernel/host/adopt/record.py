"""What a host writes down about each of its kernels, so that the next host can take it over.

One small file in the kernel's folder, replaced as a whole. It says which process it is in a way
that a number given out again cannot fool: with the time at which that process began.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

FORMAT = 1
"""Raised when a host can no longer speak to kernels that an older one has started."""
NAME = "kernel.json"
_log = logging.getLogger(__name__)
_START_FIELD = 19

State = Literal["launching", "running", "ending", "dead"]
"""- ``launching``: its process is about to be made, or is made and not written down yet.
- ``running``: it was running.
- ``ending``: somebody wanted its end.
- ``dead``: it ended, and that is on the tape; it can be restarted.
"""


@dataclass(frozen=True)
class Record:
    """One kernel."""

    kernel: str
    """Jupyter's id."""
    session: str
    """What the kernel knows the host by."""
    state: State = "launching"
    claimed: bool = False
    """Somebody has opened its tape, so somebody knows its id."""
    pid: int | None = None
    began: float | None = None
    group: int | None = None
    """Process group."""
    folder: str = ""
    """Where it works."""
    cold: str | None = None
    """Why it was started the ordinary way; None: it was not."""
    way: str = "forked"
    """Where it came from, if it was not: see `Way` in fork/port.py."""
    sandbox: Mapping[str, int] | None = None
    """The room that it is in."""
    format: int = FORMAT


def write_record(home: Path, record: Record) -> None:
    """Replace what is there.

    Raises:
        OSError: there is no room on the disk.
    """
    draft = home / f"{NAME}.new"
    draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
    draft.replace(home / NAME)


def read_record(home: Path) -> Record | None:
    """None: there is none that this host understands."""
    try:
        found: Any = json.loads((home / NAME).read_text(encoding="utf-8"))
        record = Record(**found)
    except (OSError, ValueError, TypeError):
        return None
    return record if record.format == FORMAT else None


def began(pid: int) -> float | None:
    """When a process began; None: there is no such process, or it has ended already."""
    if sys.platform == "linux":
        return _began_on_linux(pid)
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def _began_on_linux(pid: int) -> float | None:
    """In ticks since the system began: a clock that is set does not change it."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return float(text.rpartition(")")[2].split()[_START_FIELD])


class Account:
    """What is written down about one kernel, as it changes."""

    def __init__(self, home: Path, record: Record) -> None:
        self._home = home
        self.record = record

    def note(self, **changes: Any) -> None:
        """Write it down. Where that fails the kernel ends with this host, as the log says."""
        changed = replace(self.record, **changes)
        if changed == self.record and (self._home / NAME).exists():
            return
        self.record = changed
        try:
            write_record(self._home, changed)
        except OSError as error:
            _log.warning("Kernel %s cannot be taken over later: %s", changed.kernel, error)
