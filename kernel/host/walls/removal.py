"""Takes away a folder that a learner could write to, whatever is in it.

Folders closed to their owner, and folders in folders deeper than a path or a program can reach, are
no hindrance: each is opened where it is found, without following a link, and the folders in it are
moved to the top before they are looked into.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path


def remove(folder: Path) -> None:
    """Nothing happens when it is not there.

    Raises:
        OSError: it is not ours to remove.
    """
    if sys.platform != "linux":
        # There are no walls there.
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        with _opened(os.fspath(folder), None) as top:
            _empty(top)
        folder.rmdir()


def _empty(top: int) -> None:
    names = (f".removed-{number}" for number in count())
    while entries := os.listdir(top):
        for entry in entries:
            _take_away(top, entry, names)


def _take_away(top: int, entry: str, names: Iterator[str]) -> None:
    if not _is_folder(top, entry):
        os.unlink(entry, dir_fd=top)
        return
    with _opened(entry, top) as inner:
        for name in os.listdir(inner):
            if not _is_folder(inner, name):
                os.unlink(name, dir_fd=inner)
                continue
            # To move a folder is to change it, which its owner may have forbidden.
            with _opened(name, inner):
                os.rename(name, _unused(top, names), src_dir_fd=inner, dst_dir_fd=top)
    os.rmdir(entry, dir_fd=top)


def _unused(top: int, names: Iterator[str]) -> str:
    taken = set(os.listdir(top))
    return next(name for name in names if name not in taken)


def _is_folder(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


@contextmanager
def _opened(name: str, parent: int | None) -> Iterator[int]:
    """A folder, which its owner may read and write from now on."""
    handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        itself = f"/proc/self/fd/{handle}"
        os.chmod(itself, 0o700)
        opened = os.open(itself, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.close(handle)
    try:
        yield opened
    finally:
        os.close(opened)
