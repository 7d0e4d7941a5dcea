"""A walled kernel's sockets under names that only the host can write.

A kernel makes its sockets in a folder that its programs may write to, so a name there may lead to
another kernel's socket by the time the host connects, or connects again. The host gives each socket
a second name, in a folder of its own, and connects by no other: the name is for the socket itself
(a hard link), and a link is never followed. It stays good after a replacement of the host.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from host.walls.room import Room

_LOOK_S = 0.01
_MOST, _MOST_NAMES = 2**20, 64
"""What may be in the folder that a kernel may write to: five sockets and a note (doing.py)."""


class Sockets:
    """Those of one kernel's process."""

    def __init__(self, room: Room, numbers: Iterable[int]) -> None:
        """`numbers`: what Jupyter calls the kernel's ports."""
        self._room = room
        self._numbers = tuple(numbers)

    def address(self, number: int) -> str:
        """By which the host connects."""
        return f"ipc://{self._room.taken / _name(number)}"

    async def keep_taking(self, answers: Callable[[], bool]) -> None:
        """Until the kernel answers. What it had made anew by then is taken anew."""
        while not answers():
            self.take()
            await asyncio.sleep(_LOOK_S)

    def take(self) -> None:
        """Take what the kernel has made by now."""
        for number in self._numbers:
            self._take(_name(number))

    def _take(self, name: str) -> None:
        made, taken = self._room.sockets / name, self._room.taken / name
        if _itself(made) in (None, _itself(taken)):
            return
        draft = taken.with_suffix(".new")
        draft.unlink(missing_ok=True)
        try:
            os.link(made, draft, follow_symlinks=False)
        except OSError:
            # Somebody has put something else in its place, or nothing.
            return
        if _is_our_socket(draft):
            draft.rename(taken)
        else:
            draft.unlink()


def is_misused(folder: Path) -> bool:
    """Whether something is kept in the folder of sockets. Lessons have no reason to write there.

    Args:
        folder: `Room.sockets`.
    """
    try:
        with os.scandir(folder) as entries:
            kept = [one for entry in islice(entries, _MOST_NAMES) if (one := _found(entry))]
    except FileNotFoundError:
        return False
    except OSError:
        # It was closed to us, who made it.
        return True
    folders = any(stat.S_ISDIR(one.st_mode) for one in kept)
    return folders or len(kept) == _MOST_NAMES or sum(one.st_blocks for one in kept) * 512 > _MOST


def _found(entry: os.DirEntry[str]) -> os.stat_result | None:
    """None: it is gone. What comes and goes hides nothing of what stays."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _name(number: int) -> str:
    return f"k-{number}"


def _itself(path: Path) -> int | None:
    """The number of what is there, by which it is known from what is put in its place."""
    try:
        return path.lstat().st_ino
    except OSError:
        return None


def _is_our_socket(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.geteuid()
