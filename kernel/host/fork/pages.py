"""The template's memory in few large pages instead of many small ones.

A fork copies no memory, but it copies the list of pages, and its end goes through that list once
more: for 300 MB in pages of 4 KB that is most of what a fork costs. Linux keeps a page of 2 MB as
one entry. What a kernel writes to is still copied in pieces of 4 KB, so nothing is shared less.

Only time depends on this: where Linux cannot do it (before 6.1), all stays as it was.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

LARGE = 2 * 2**20
_COLLAPSE = 25
"""`MADV_COLLAPSE` of <linux/mman.h>."""
_MAP = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(\[heap\])?$")
"""Memory of this process alone and of no file."""


def make_large(maps: Path = Path("/proc/self/maps")) -> int:
    """Ask for large pages wherever memory is in use; return how many there are then."""
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    starts = large_parts(maps.read_text(encoding="utf-8", errors="replace"))
    # One at a time: a place that cannot be had must not keep the others from it.
    return sum(advise(start, LARGE, _COLLAPSE) == 0 for start in starts)


def large_parts(maps: str) -> Iterator[int]:
    """Where a whole large page fits into memory of our own, by the text of /proc/self/maps."""
    for line in maps.splitlines():
        found = _MAP.match(line)
        if found:
            begin, end = (int(found[n], 16) for n in (1, 2))
            yield from range(-(-begin // LARGE) * LARGE, end - LARGE + 1, LARGE)
