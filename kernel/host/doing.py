"""What a kernel was doing when it ended, by the note that the library leaves in a small file
(tuningfork/doing.py).

The file is written by a learner's process. So it is opened without following a link or waiting for
a pipe, read up to a length, and everything in it that is not of the known form counts as nothing.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

VARIABLE = "TUNINGFORK_DOING"
_NAME = "doing"
_SOCKETS = "s"
"""Behind walls a kernel may write to this folder of its own, and to no other (walls/room.py)."""
_KINDS = ("training", "loading")
_NUMBERS = ("step", "of", "batch", "base_mb", "row_mb")
_LONGEST_FILE = 4096
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Doing:
    """One note: "training" or "loading", of which model, and numbers by their names."""

    kind: str
    model: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)

    def number(self, name: str) -> float | None:
        """None: it was not noted."""
        return self.numbers.get(name)

    def facts(self) -> dict[str, object]:
        """For the tape."""
        return {"kind": self.kind, "model": self.model, **self.numbers}


def note_path(home: Path) -> Path:
    """Where the kernel that has this folder leaves its note."""
    inside = home / _SOCKETS
    return (inside if inside.is_dir() else home) / _NAME


def read_note(path: Path) -> Doing | None:
    """The last note, or None when there is none that can be believed."""
    try:
        text = _read_safely(path)
        found = json.loads(text) if text else None
    except (OSError, ValueError, RecursionError):
        return None
    return _to_doing(found) if isinstance(found, dict) else None


def _read_safely(path: Path) -> bytes:
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        return os.read(handle, _LONGEST_FILE) if is_file else b""
    finally:
        os.close(handle)


def _to_doing(found: Mapping[str, Any]) -> Doing | None:
    kind, model = found.get("kind"), found.get("model")
    if kind not in _KINDS:
        return None
    numbers = {name: float(found[name]) for name in _NUMBERS if _is_number(found.get(name))}
    # Half a letter cannot be put on the tape, and the end that it is told with would be lost.
    name = _whole(model[:_LONGEST_NAME]) if isinstance(model, str) else None
    return Doing(str(kind), name, numbers)


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
