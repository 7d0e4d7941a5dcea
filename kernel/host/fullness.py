"""Holds a learner's folder to a size: measured while a kernel works in it, from outside.

An ordinary user cannot set quotas. So every two seconds, if the disk has less room than before, the
folder is measured by the system's `du`, which follows no links and has its own process; what was
deleted and is held open still is added (unlinked.py). What is found is said in a file that the
kernel can read and not change (inside/fullness.py): a warning when the folder is nearly full, and
when it is full the running cell is interrupted, once for each further piece it grows by, so that
the cell that deletes files is left alone. What grows on past that is a kernel that does not stop,
and it is ended.

Between two looks a fast disk takes a few gigabytes: this is a bound for a class, not for an attack.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from host.unlinked import Held
from host.walls.bubblewrap import find_program

NOTICE = "folder.txt"
_EVERY_S = 2.0
_FIRST_S, _LEAST_EVERY_S = 10.0, 30.0
_NEARLY, _FAR_OVER, _PIECE = 0.9, 1.2, 0.01
_NOTABLE = 16 * 2**20
"""Bytes; less is not worth a look, which takes 10 ms of processor time."""
_MEASURE_S = 20.0
_FREE = " Delete files you no longer need, for example with !ls -lahS and !rm NAME."
_HELD = " {} of it are deleted files that are still open: restart Python to let go of them."
_WORTH_SAYING = 2**20
_READING = ("--unshare-user", "--die-with-parent", "--cap-add", "CAP_DAC_READ_SEARCH")
"""With the right to list folders that a learner has closed to reading, and writes to."""
_NOTHING = Held()
Verdict = Literal["well", "nearly", "full", "over"]


class Folder:
    """What is known of one folder, and what follows from it. Pure."""

    def __init__(self, bound: int) -> None:
        """`bound`: bytes that it may have."""
        self.bound = bound
        self.size: int | None = None
        self._held = 0
        self._was_hidden = False
        self._was_uncounted = False
        self._far_over = bound * _FAR_OVER
        self._told = 0.0

    def judge(self, named: int | None, held: Held = _NOTHING) -> Verdict:
        """After a measurement. "full" is said once for each piece by which it grows.

        Args:
            named: bytes of all that can be found in it; None: they could not be counted in time.
                What is never counted has no bound, so a second time in a row is too much.
            held: what else takes room there.
        """
        uncounted, self._was_uncounted = self._was_uncounted, named is None
        if named is None:
            self.size = self.bound + 1
            return "over" if uncounted else "full"
        size, self._held = named + held.size, held.size
        # Once may be chance: a program that is just being started.
        hides, self._was_hidden = held.hidden and self._was_hidden, held.hidden
        verdict = self._judge(size)
        return "over" if hides else verdict

    def _judge(self, size: int) -> Verdict:
        if self.size is None and size > self.bound:
            # It was full before this kernel began, which is here to make room.
            self._far_over = max(self._far_over, size + self.bound * (_FAR_OVER - 1))
            self._told = size
        self.size = size
        if size > self._far_over:
            return "over"
        if size <= self.bound:
            self._told = 0.0
            return "nearly" if size > self.bound * _NEARLY else "well"
        if size > self._told + self.bound * _PIECE:
            self._told = size
            return "full"
        return "nearly"

    def words(self) -> str:
        """For the learner; empty when there is nothing to say."""
        size = self.size or 0
        if size <= self.bound * _NEARLY:
            return ""
        state = "full" if size > self.bound else "nearly full"
        held = _HELD.format(_mb(self._held)) if self._held >= _WORTH_SAYING else ""
        return f"Your folder is {state}: it holds {_mb(size)} of {_mb(self.bound)}.{held}{_FREE}"


@dataclass(frozen=True)
class Stop:
    """How a kernel is kept from going on."""

    interrupt: Callable[[], None]
    """Stops the running cell."""
    end: Callable[[], None]
    """Ends the kernel."""


async def keep_watch(
    path: Path, home: Path, bound: int, held: Callable[[], Held], stop: Stop
) -> None:
    """For as long as a kernel lives.

    Args:
        path: the learner's folder.
        home: the host's folder for the kernel.
        bound: bytes.
        held: looks for what its programs hold without a name. Takes milliseconds.
        stop: what to do when it is full.
    """
    folder, notice = Folder(bound), home / NOTICE
    notice.unlink(missing_ok=True)
    # Not at once: thirty kernels may be starting.
    free, left = _free(path), _FIRST_S
    while True:
        now = _free(path)
        if free - now > _NOTABLE or left <= 0 or folder.words():
            free, left = now, _LEAST_EVERY_S
            named = await measure(path)
            verdict = folder.judge(named, await asyncio.to_thread(held))
            # Said first: whoever is interrupted looks there why.
            _say(notice, folder.words())
            if verdict == "full":
                stop.interrupt()
            elif verdict == "over":
                stop.end()
        await asyncio.sleep(_EVERY_S)
        free, left = max(free, now), left - _EVERY_S


def _say(notice: Path, words: str) -> None:
    if (notice.read_text(encoding="utf-8") if notice.exists() else "") != words:
        draft = notice.with_suffix(".new")
        draft.write_text(words, encoding="utf-8")
        draft.replace(notice)


async def measure(path: Path) -> int | None:
    """Bytes on the disk below a folder; None: it has more files than can be counted in time.

    Raises:
        OSError: it could not be measured.
    """
    process = await asyncio.create_subprocess_exec(
        *(find_program(), *_READING, "--ro-bind", "/", "/", "--"),
        *("du", "-s", "-x", "--block-size=1", "--", str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        # A file that is gone by the time it is looked at is no news.
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _MEASURE_S)
    except TimeoutError:
        return None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    number = said.split(b"\t")[0]
    if not number.isdigit():
        raise OSError(f"the folder {path} could not be measured")
    return int(number)


def _free(path: Path) -> int:
    try:
        found = os.statvfs(path)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def _mb(number: int) -> str:
    return f"{number / 2**20:,.0f} MB"
