"""One file of a tape: frames in a row, each with its length before it.

Written with one call for each frame. A process that is killed in the middle of one leaves a frame
that is cut short; whoever finds the file leaves it out. Knows numbers and bytes, not what a frame
means.
"""

from __future__ import annotations

import os
from array import array
from itertools import pairwise
from pathlib import Path

_NAME = "tape-"
_LENGTH = 8


class Segment:
    """Frames `first` to `last`."""

    def __init__(self, path: Path, first: int, offsets: array[int]) -> None:
        self._path = path
        self._file: int | None = None
        self._offsets = offsets
        """Where each frame's length is, then the file's length."""
        self.first = first

    @classmethod
    def begin(cls, folder: Path, first: int) -> Segment:
        """An empty file that frame `first` will be written to.

        Raises:
            OSError: it cannot be made.
        """
        segment = cls(folder / f"{_NAME}{first}", first, array("Q", [0]))
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        segment._file = os.open(segment._path, flags, 0o600)
        return segment

    @property
    def last(self) -> int:
        return self.first + len(self._offsets) - 2

    @property
    def size(self) -> int:
        return self._offsets[-1]

    def append(self, frame: bytes) -> None:
        """Write frame `last + 1`.

        Raises:
            OSError: it could not be written, and the file is as before.
        """
        if self._file is None:
            raise OSError("This part of the tape is finished.")
        whole = _LENGTH + len(frame)
        try:
            written = os.write(self._file, len(frame).to_bytes(_LENGTH, "little") + frame)
            if written < whole:
                raise OSError(f"Only {written} of {whole} bytes could be written.")
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self._offsets.append(self.size + whole)

    def read(self, wanted: int, limit: int) -> list[bytes]:
        """Frames from `wanted` on: at least one, up to `limit` bytes."""
        start = wanted - self.first
        stop = start + 1
        base = self._offsets[start]
        while stop < len(self._offsets) - 1 and self._offsets[stop + 1] - base <= limit:
            stop += 1
        with self._path.open("rb") as file:
            file.seek(base)
            data = file.read(self._offsets[stop] - base)
        cuts = [offset - base for offset in self._offsets[start : stop + 1]]
        return [data[a + _LENGTH : b] for a, b in pairwise(cuts)]

    def finish(self) -> None:
        """Nothing more will be written."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def drop(self) -> None:
        """Remove the file."""
        self.finish()
        self._path.unlink(missing_ok=True)


def find_segments(folder: Path) -> list[Segment]:
    """What an earlier process has left, in order; files that do not join the newest are removed."""
    found = sorted(
        (_load(path) for path in folder.glob(f"{_NAME}*") if path.name[len(_NAME) :].isdigit()),
        key=lambda segment: segment.first,
    )
    kept: list[Segment] = []
    for segment in reversed(found):
        if kept and kept[0].first != segment.last + 1:
            segment.drop()
        else:
            kept.insert(0, segment)
    return kept


def _load(path: Path) -> Segment:
    offsets = array("Q", [0])
    data = path.read_bytes()
    while (start := offsets[-1]) + _LENGTH <= len(data):
        end = start + _LENGTH + int.from_bytes(data[start : start + _LENGTH], "little")
        if end > len(data):
            break
        offsets.append(end)
    return Segment(path, int(path.name[len(_NAME) :]), offsets)
