"""Folders in which a learner could write, whatever they have made of them.

A tree may be deeper than Python goes, and a folder closed even to its owner. Nothing of that may
keep the next kernel, or the next host, from beginning. No link is followed.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path


def clear_away(folder: Path) -> bool:
    """Remove it with all that is in it. Whether it is gone; it never raises for what is in it.

    The system's own programs take what Python does not: they open no more than they need.
    """
    if folder.is_symlink():
        folder.unlink()
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return not folder.exists()
    except (OSError, RecursionError):
        if sys.platform != "win32":
            for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
                subprocess.run([*command, "--", folder], capture_output=True, check=False)
    return not folder.exists()


def open_to_owner(folder: Path) -> bool:
    """Let its owner, who is us, into a folder that was closed even to them. Whether it was.

    Only the folder itself: whatever is closed in it can be opened from a cell.
    """
    if sys.platform == "win32":
        return False
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    closed = found.st_mode & stat.S_IRWXU != stat.S_IRWXU
    if not stat.S_ISDIR(found.st_mode) or not closed or found.st_uid != os.geteuid():
        return False
    handle = _handle(folder)
    try:
        _set_mode(folder, handle, stat.S_IMODE(found.st_mode) | stat.S_IRWXU)
    finally:
        if handle is not None:
            os.close(handle)
    return True


def _handle(folder: Path) -> int | None:
    """On Linux: for that very folder, should another take its name."""
    flags = getattr(os, "O_PATH", None)
    if flags is None:
        return None
    return os.open(folder, flags | os.O_DIRECTORY | os.O_NOFOLLOW)


def _set_mode(folder: Path, handle: int | None, mode: int) -> None:
    if handle is None:
        os.chmod(folder, mode, follow_symlinks=False)
    else:
        os.chmod(f"/proc/self/fd/{handle}", mode)
