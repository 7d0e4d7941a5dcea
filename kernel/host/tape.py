"""The tape: every frame a kernel sent to the web process, numbered 1, 2, 3 … and kept until acked.

New frames stay in memory; when there are more than `memory_limit` bytes they move to a segment
file, so a web process that is away for hours costs disk, not memory. `full` turns true at
`total_limit`: the recorder then stops listening, and the kernel waits in its next print instead of
filling the disk. Not safe for threads; knows nothing of messages or sockets.
"""

from __future__ import annotations

import logging
from array import array
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Segment:
    path: Path
    first: int
    offsets: array[int]
    """Where each frame starts in the file, then the file's length."""

    @property
    def last(self) -> int:
        return self.first + len(self.offsets) - 2

    @property
    def size(self) -> int:
        return self.offsets[-1]


class ForgottenError(LookupError):
    """The frame asked for has been acked and is gone."""


class Tape:
    """An append-only record with numbered frames."""

    def __init__(
        self, folder: Path, memory_limit: int = 8 * 2**20, total_limit: int = 2**30
    ) -> None:
        self._folder = folder
        self._memory_limit = memory_limit
        self._total_limit = total_limit
        self._segments: deque[_Segment] = deque()
        self._recent: list[bytes] = []
        self._recent_size = 0
        self._spill_at = memory_limit
        self.last = 0
        """Number of the newest frame; 0 before the first."""
        self.forgotten = 0
        """Every frame up to this number has been acked."""

    @property
    def full(self) -> bool:
        spilled = sum(segment.size for segment in self._segments)
        cannot_spill = self._recent_size > 8 * self._memory_limit
        return cannot_spill or spilled + self._recent_size > self._total_limit

    def append(self, frame: bytes) -> int:
        """Keep a frame; return its number, which is `last + 1`."""
        self.last += 1
        self._recent.append(frame)
        self._recent_size += len(frame)
        if self._recent_size > self._spill_at:
            self._spill()
        return self.last

    def read(self, after: int, limit: int) -> list[bytes]:
        """Frames `after + 1`, `after + 2` …: at least one if there is any, up to `limit` bytes.

        Raises:
            ForgottenError: frame `after + 1` is gone.
        """
        if after < self.forgotten:
            raise ForgottenError(after + 1)
        wanted = after + 1
        for segment in self._segments:
            if wanted <= segment.last:
                return _read_segment(segment, wanted, limit)
        return _take(self._recent, wanted - self._recent_first, limit)

    def forget(self, upto: int) -> None:
        """Let go of every frame up to and including `upto`."""
        upto = min(upto, self.last)
        if upto <= self.forgotten:
            return
        self.forgotten = upto
        while self._segments and self._segments[0].last <= upto:
            self._segments.popleft().path.unlink(missing_ok=True)
        gone = max(0, upto + 1 - self._recent_first)
        self._recent_size -= sum(map(len, self._recent[:gone]))
        del self._recent[:gone]
        self._spill_at = max(self._memory_limit, self._recent_size)

    def close(self) -> None:
        """Drop everything, files too."""
        while self._segments:
            self._segments.popleft().path.unlink(missing_ok=True)
        self._recent.clear()

    @property
    def _recent_first(self) -> int:
        return self.last + 1 - len(self._recent)

    def _spill(self) -> None:
        first = self._recent_first
        path = self._folder / f"tape-{first}"
        try:
            path.write_bytes(b"".join(self._recent))
        except OSError as error:
            # Disk full: keep it in memory, try again when there is twice as much.
            _log.warning("The tape could not be written to %s: %s", path, error)
            path.unlink(missing_ok=True)
            self._spill_at *= 2
            return
        offsets = array("Q", [0])
        for frame in self._recent:
            offsets.append(offsets[-1] + len(frame))
        self._segments.append(_Segment(path, first, offsets))
        self._recent, self._recent_size, self._spill_at = [], 0, self._memory_limit


def _read_segment(segment: _Segment, wanted: int, limit: int) -> list[bytes]:
    start = wanted - segment.first
    stop = start + 1
    base = segment.offsets[start]
    while stop < len(segment.offsets) - 1 and segment.offsets[stop + 1] - base <= limit:
        stop += 1
    with segment.path.open("rb") as file:
        file.seek(base)
        data = file.read(segment.offsets[stop] - base)
    cuts = [offset - base for offset in segment.offsets[start : stop + 1]]
    return [data[a:b] for a, b in pairwise(cuts)]


def _take(frames: list[bytes], start: int, limit: int) -> list[bytes]:
    size = 0
    for stop in range(start, len(frames)):
        size += len(frames[stop])
        if size > limit and stop > start:
            return frames[start:stop]
    return frames[start:]
