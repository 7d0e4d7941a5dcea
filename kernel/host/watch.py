"""Watches one kernel's process until it ends, and says how it ended.

Looks ten times a second: at the process, its memory, and the machine's. A process that holds more
than its bound in ways that the system does not hold it to (shared memory; everything, where there
is no such bound) is ended here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from host.deaths import Own, Seen, facts_of
from host.doing import VARIABLE, note_path, read_note
from host.errors import Errors
from host.fullness import Stop, keep_watch
from host.memory import Gauge, group_memory
from host.unlinked import Held, held_by
from host.walls.bubblewrap import WallsMissingError
from host.walls.room import HOME, Room
from host.walls.sockets import is_misused

UNSEEN = -(2**16)
"""Given by `poll` for a process that has ended, but not as a child of ours: nobody knows how."""
_EVERY_S = 0.1
_AGAIN_S = 30.0
_log = logging.getLogger(__name__)
_TOLERANCE = 1.1
"""So many times its bound: the system is asked first, and its way is the gentle one."""
_SHARED = Path("/dev/shm")  # noqa: S108 - looked at, not written to


class Ending(Protocol):
    """A process whose end can be seen."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """None while it runs; then its exit code, or minus the signal that ended it."""

    def kill(self) -> None:
        """End it."""


@dataclass(frozen=True)
class Place:
    """What belongs to a kernel."""

    home: Path
    """The host's folder for it."""
    folder: Path
    """Where it works."""
    bound: int | None
    """Bytes of memory it may have."""
    group: Path | None = None
    """Folder of its control group for memory, if it has one."""
    disk: int | None = None
    """Bytes that the folder may have."""
    first: int | None = None
    """The first process of its room, if it has one."""


class Watch:
    """The watch over one process, from its start to its end."""

    def __init__(self, process: Ending, place: Place, pid: int | None = None) -> None:
        """`pid`: the kernel's own, where the process is only what it was started through."""
        self._process = process
        self._place = place
        self._pid = pid or process.pid
        self._gauge = Gauge(self._pid, place.group)
        self._errors = Errors(place.home)
        self.own: Own | None = None
        """Set by whoever ends the kernel for a reason of ours, before ending it."""

    async def end(self) -> dict[str, object]:
        """Wait for the end; the facts of it, for the tape."""
        place = self._place
        folder = asyncio.create_task(self._watch_folder()) if place.disk else None
        try:
            while (code := self._process.poll()) is None:
                self._gauge.sample()
                self._errors.hear()
                if self._is_over():
                    self._end_for("bound")
                if place.first and is_misused(Room(place.folder, place.home).sockets):
                    self._end_for("disk")
                await asyncio.sleep(_EVERY_S)
        finally:
            if folder:
                folder.cancel()
        return facts_of(self._seen(code))

    async def _watch_folder(self) -> None:
        place, bound = self._place, self._place.disk or 0
        while True:
            try:
                stop = Stop(self._interrupt, lambda: self._end_for("disk"))
                await keep_watch(place.folder, place.home, bound, self._held, stop)
            except (OSError, WallsMissingError):
                _log.exception("The size of %s is not watched for a moment.", place.folder)
                await asyncio.sleep(_AGAIN_S)

    def _held(self) -> Held:
        place = self._place
        if place.first is None:
            return Held()
        within = (HOME, str(Room(place.folder, place.home).sockets))
        return held_by((place.first, self._pid), within)

    def _interrupt(self) -> None:
        if self._process.poll() is None:
            os.kill(self._pid, signal.SIGINT)

    def _end_for(self, reason: Own) -> None:
        self.own = reason
        self._process.kill()

    def _seen(self, code: int) -> Seen:
        name = _signal_name(code)
        return Seen(
            exit_code=code if code >= 0 else None,
            signal=name,
            own=self.own,
            memory=self._gauge.last,
            bound=self._place.bound,
            kills=self._gauge.kills(),
            together=group_memory(self._place.group) if self._place.group else None,
            log=self._errors.close(),
            doing=read_note(note_path(self._place.home)),
            disk_free=_free(self._place.folder),
            shared_free=_free(_SHARED),
        )

    def _is_over(self) -> bool:
        bound = self._place.bound
        if bound is None or self._gauge.last.held <= bound * _TOLERANCE:
            return False
        return self._gauge.kept() > bound * _TOLERANCE


def launched(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a process that is about to start there; an earlier one's note is gone."""
    note = note_path(home)
    note.unlink(missing_ok=True)
    return {**environment, VARIABLE: str(note)}


def _signal_name(code: int) -> str | None:
    if code >= 0 or code == UNSEEN:
        return None
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _free(folder: Path) -> int | None:
    """Bytes left there; None where there is no such folder."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
