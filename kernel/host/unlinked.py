"""Files without a name that take room on the disk for as long as a kernel's programs hold them.

The system's `du` does not see them. They are found in the lists of open files and of memory that is
mapped from files, of all processes of the kernel's room. A process that hides its lists is no
program of a lesson's; whoever looks is told of it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_BLOCK = 512
_GONE = (FileNotFoundError, ProcessLookupError)
_MAPPED = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ (\d+) +(/.*) \(deleted\)$")


@dataclass(frozen=True)
class Held:
    """What a room holds."""

    size: int = 0
    """Bytes on the disk."""
    hidden: bool = False
    """A process does not let itself be looked at."""


def held_by(roots: Iterable[int], folders: Iterable[str]) -> Held:
    """What these processes hold, and all below them.

    Args:
        roots: process ids.
        folders: where the files lay, as the processes name them.
    """
    sizes: dict[int, int] = {}
    within = tuple(f"{folder}/" for folder in folders)
    hidden = False
    for pid in _below(roots):
        try:
            sizes.update(_open_files(pid, within))
            for inode, size in _mapped_files(pid, within):
                sizes.setdefault(inode, size)
        except PermissionError:
            hidden = True
        except _GONE:
            continue
    return Held(sum(sizes.values()), hidden)


def _below(roots: Iterable[int]) -> set[int]:
    parents = dict(_parents())
    found, more = set[int](), set(roots)
    while more:
        found |= more
        more = {pid for pid, parent in parents.items() if parent in found} - found
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for name in os.listdir(_PROC):
        if name.isdigit():
            try:
                text = (_PROC / name / "stat").read_bytes()
            except _GONE:
                continue
            yield int(name), int(text.rpartition(b")")[2].split()[1])


def _open_files(pid: int, within: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    folder = _PROC / str(pid) / "fd"
    for name in os.listdir(folder):
        try:
            if not os.readlink(folder / name).startswith(within):
                continue
            found = os.stat(folder / name)
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                yield found.st_ino, found.st_blocks * _BLOCK
        except _GONE:
            continue


def _mapped_files(pid: int, within: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """What is mapped of them, which is what can be seen of a file that is not open any more."""
    sizes: dict[int, int] = {}
    text = (_PROC / str(pid) / "maps").read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines():
        found = _MAPPED.match(line)
        if found and found[5].startswith(within):
            start, stop, offset = (int(found[n], 16) for n in (1, 2, 3))
            inode = int(found[4])
            sizes[inode] = max(sizes.get(inode, 0), offset + stop - start)
    yield from sizes.items()
