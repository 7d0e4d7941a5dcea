"""When the folder that a kernel works in is full, or nearly: what the learner is told, and where.

The host measures it and leaves its words in a file (host/fullness.py). They are below each cell
that is run then; and where the host has interrupted a cell, they are the error.
"""

from __future__ import annotations

import sys
import time
from asyncio import CancelledError
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from IPython.core.interactiveshell import InteractiveShell

NOTICE = "folder.txt"
_FULL = "Your folder is full"
_RECENT_S = 5.0


class FolderFullError(OSError):
    """The cell was interrupted, because it wrote more than there is room for."""


def tell_fullness(shell: InteractiveShell) -> None:
    """From now on. Without such a file nothing is told."""
    notice = Path(IPKernelApp.instance().abs_connection_file).parent / NOTICE
    # Python lets a method be replaced for one object; types do not know it.
    whole: Any = shell
    show = shell.showtraceback

    def show_in_words(exc_tuple: Any = None, *arguments: Any, **options: Any) -> None:
        kind, _, trace = exc_tuple or sys.exc_info()
        if kind in (KeyboardInterrupt, CancelledError) and _is_recent(notice):
            text = _read(notice)
            if text.startswith(_FULL):
                exc_tuple = (FolderFullError, FolderFullError(text), trace)
        show(exc_tuple, *arguments, **options)

    def warn(_info: Any) -> None:
        text = _read(notice)
        if text:
            print(text, file=sys.stderr)

    whole.showtraceback = show_in_words
    shell.events.register("pre_run_cell", warn)


def _read(notice: Path) -> str:
    try:
        return notice.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _is_recent(notice: Path) -> bool:
    try:
        return time.time() - notice.stat().st_mtime < _RECENT_S
    except FileNotFoundError:
        return False
