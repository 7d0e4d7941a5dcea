"""The tape: every frame a kernel sent to the web process, numbered 1, 2, 3 … and kept until acked.

A frame is written to a file before anybody is told of it, so the tape outlives its process and
`Tape.resume` finds it again. The newest frames stay in memory as well, which is where they are
read from. What cannot be written (a full disk) is kept in memory, up to eight times
`memory_limit`. `full` turns true at `total_limit`: the recorder then stops listening, and the
kernel waits in its next print instead of filling the disk. Not safe for threads; knows nothing of
messages or sockets.
"""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path

from host.segment import Segment, find_segments

_log = logging.getLogger(__name__)
_SMALL = 2**20
"""A file whose frames are all acked is begun anew only when it is larger than this."""


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
        self._segments: deque[Segment] = deque()
        """Files that are no longer written to."""
        self._newest: Segment | None = None
        self._recent: list[bytes] = []
        self._recent_size = 0
        self._write_again_at = 0
        """Bytes in memory at which a disk that was full is tried again; 0: it is not full."""
        self.last = 0
        """Number of the newest frame; 0 before the first."""
        self.forgotten = 0
        """Every frame up to this number has been acked."""

    @classmethod
    def resume(cls, folder: Path, last: int) -> Tape:
        """The tape that another process has left in `folder`.

        Args:
            last: a number that was given out for certain; the next frame's is higher.
        """
        tape = cls(folder)
        segments = find_segments(folder)
        while segments and segments[-1].last < segments[-1].first:
            segments.pop().drop()
        tape.last = max(last, segments[-1].last if segments else 0)
        if segments and segments[-1].last == tape.last:
            tape._segments.extend(segments)
            tape.forgotten = segments[0].first - 1
        else:
            # The disk was full: what is missing can be had from nobody.
            tape.forgotten = tape.last
            for segment in segments:
                segment.drop()
        return tape

    @property
    def full(self) -> bool:
        cannot_write = self._recent_size > 8 * self._memory_limit
        return cannot_write or self._kept_size > self._total_limit

    def append(self, frame: bytes) -> int:
        """Keep a frame; return its number, which is `last + 1`."""
        self.last += 1
        self._recent.append(frame)
        self._recent_size += len(frame)
        if self._recent_size >= self._write_again_at:
            self._write()
        return self.last

    def read(self, after: int, limit: int) -> list[bytes]:
        """Frames `after + 1`, `after + 2` …: at least one if there is any, up to `limit` bytes.

        Raises:
            ForgottenError: frame `after + 1` is gone.
        """
        if after < self.forgotten:
            raise ForgottenError(after + 1)
        wanted = after + 1
        if wanted >= self._recent_first:
            return _take(self._recent, wanted - self._recent_first, limit)
        for segment in self._segments:
            if wanted <= segment.last:
                return segment.read(wanted, limit)
        return []

    def forget(self, upto: int) -> None:
        """Let go of every frame up to and including `upto`."""
        upto = min(upto, self.last)
        if upto <= self.forgotten:
            return
        self.forgotten = upto
        self._drop_segments()
        gone = max(0, upto + 1 - self._recent_first)
        self._recent_size -= sum(map(len, self._recent[:gone]))
        del self._recent[:gone]
        if self._newest and upto == self._newest.last and self._newest.size > _SMALL:
            self._turn_over()

    def close(self) -> None:
        """Drop everything, files too."""
        if self._newest:
            self._newest.drop()
            self._newest = None
        while self._segments:
            self._segments.popleft().drop()
        self._recent.clear()

    @property
    def _recent_first(self) -> int:
        return self.last + 1 - len(self._recent)

    @property
    def _kept_size(self) -> int:
        written = sum(segment.size for segment in self._segments)
        return written + max(self._recent_size, self._newest.size if self._newest else 0)

    def _write(self) -> None:
        """Write what is not in a file yet: one frame, or more after the disk was full."""
        try:
            newest = self._open_newest()
            for number in range(newest.last + 1, self.last + 1):
                newest.append(self._recent[number - self._recent_first])
        except OSError as error:
            # Kept in memory; tried again when there is twice as much.
            _log.warning("The tape could not be written to %s: %s", self._folder, error)
            self._write_again_at = 2 * max(self._recent_size, self._memory_limit // 2)
            return
        self._write_again_at = 0
        if newest.size > self._memory_limit:
            self._turn_over()

    def _open_newest(self) -> Segment:
        if self._newest and self._newest.last + 1 < self._recent_first:
            # Acked while the disk was full, as all that is in the file.
            self._newest.drop()
            self._newest = None
        if self._newest is None:
            self._newest = Segment.begin(self._folder, self._recent_first)
        return self._newest

    def _turn_over(self) -> None:
        """The newest file is done with; the next frame begins another."""
        if self._newest is None:
            return
        self._newest.finish()
        self._segments.append(self._newest)
        # Begun at once: an empty file still says which number comes next.
        self._newest = None
        self._recent, self._recent_size = [], 0
        try:
            self._open_newest()
        except OSError as error:
            _log.warning("The tape cannot go on in %s: %s", self._folder, error)
        self._drop_segments()

    def _drop_segments(self) -> None:
        while self._segments and self._segments[0].last <= self.forgotten:
            self._segments.popleft().drop()


def _take(frames: list[bytes], start: int, limit: int) -> list[bytes]:
    size = 0
    for stop in range(start, len(frames)):
        size += len(frames[stop])
        if size > limit and stop > start:
            return frames[start:stop]
    return frames[start:]
