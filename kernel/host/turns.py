"""Who of a class goes first: the host, then quick cells, then kernels that compute long.

In a class only, on Linux only. The host gives itself a real-time priority where it may (ahead.py).
A kernel that takes more than a quarter of a core gives way to the others until it takes less: alone
on the machine it loses nothing by that. One that has Linux work for it meanwhile, which nobody can
interrupt, has one core only. Why, and what it brings: docs/decisions/0025.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets.log import get_logger

from host.ahead import go_ahead
from host.idle import CLASS_VARIABLE
from host.places import FIRST, LAST, Place, place_of, set_cores, set_rank
from host.sessions import Sessions, Used, has_sessions

_EVERY_S = 0.2
#: A session is judged by what it used in so much time, or somewhat more.
_OVER_S = 0.4
#: Share of a core.
_LONG = 0.25
#: Share of its time that Linux works for a program, in page faults, files and new processes. Fork
#: bombs have a quarter and more, training of a small model a fiftieth.
_SYSTEM = 1 / 5
#: With more of all processors' time left over nobody waits. One that computes leaves half of two.
_LEFT_OVER = 0.6
#: Linux takes a change of rank every tenth of a second.
_PAUSE_S = 0.11
_CHANGES = 4


def wants_turns(environment: Mapping[str, str]) -> bool:
    """Somebody alone has nobody to give way to."""
    return environment.get(CLASS_VARIABLE) == "1"


def place_for(present: Place, before: Used, now: Used, seconds: float) -> Place:
    """Where a session is to stand after two looks, so many seconds apart. Pure."""
    grown = now.seconds - before.seconds
    if grown <= _LONG * seconds:
        return FIRST
    # One that is narrow stays so for longer, lest it go to and fro.
    limit = _SYSTEM / 2 if present.narrow else _SYSTEM
    return Place(LAST, narrow=now.system - before.system > limit * grown)


class Turns:
    """For all kernels of a host."""

    def __init__(self, kernels: Any, starter: Any) -> None:
        """`kernels`: the host's `HostKernels`; `starter` has what is loaded in advance."""
        self._kernels = kernels
        self._starter = starter
        self._machine = Machine()
        self._sessions = Sessions()
        self._looks: deque[tuple[float, dict[int, Used]]] = deque()
        """When, and what each session had used until then; the latest last."""
        self._places: dict[int, Place] = {}
        """Of sessions that do not stand first."""
        self._refused: set[int] = set()
        self._keeping: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on. The host's loop runs."""
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        shares = has_sessions()
        if not go_ahead(os.getpid()):
            get_logger().info("The host may not go before its kernels: see docs/walls.md.")
        while True:
            # Once more for the threads that came with kernels.
            go_ahead(os.getpid())
            try:
                await (self._look() if shares else asyncio.sleep(0))
            except Exception:
                # The next look tries again, and the host must not suffer.
                get_logger().exception("It could not be seen who computes.")
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        """Here, not in a thread: one that is held up by a kernel would hold the host up as well."""
        if not self._machine.is_busy() and not self._places:
            self._looks.clear()
            return
        moment, now = time.monotonic(), self._used()
        self._know(now)
        self._looks.append((moment, now))
        while len(self._looks) > 1 and moment - self._looks[1][0] >= _OVER_S:
            self._looks.popleft()
        begin, before = self._looks[0]
        if moment - begin < _OVER_S:
            return
        wanted = {
            one: place_for(self._places.get(one, FIRST), before[one], use, moment - begin)
            for one, use in now.items()
            if one in before and one not in self._refused
        }
        await self._settle(wanted, now)

    def _know(self, now: Mapping[int, Used]) -> None:
        """Another host may have left a session that is new here at another place."""
        seen = self._looks[-1][1] if self._looks else {}
        found = {one: place_of(now[one].pids[0]) for one in now if one not in seen}
        known = {**self._places, **found}
        self._places = {one: at for one, at in known.items() if one in now and at != FIRST}
        self._refused &= set(now)

    async def _settle(self, wanted: Mapping[int, Place], now: Mapping[int, Used]) -> None:
        """Those that are to give way first."""
        left = _CHANGES
        for session, place in sorted(wanted.items(), key=lambda item: -item[1].rank):
            if place.rank != self._places.get(session, FIRST).rank:
                if left == 0:
                    continue
                left -= 1
                await asyncio.sleep(_PAUSE_S)
            self._move(session, now[session], place)

    def _move(self, session: int, use: Used, place: Place) -> None:
        present = self._places.pop(session, FIRST)
        try:
            if place.narrow or present.narrow:
                set_cores(use.pids, place.narrow)
            done = place.rank == present.rank or set_rank(use.pids[0], place.rank)
        except OSError as error:
            # A program may hide from others of its user; the host goes first all the same.
            get_logger().warning("Session %s keeps its place: %s.", session, error)
            self._refused.add(session)
            return
        reached = Place(place.rank if done else present.rank, place.narrow)
        if reached != FIRST:
            self._places[session] = reached

    def _used(self) -> dict[int, Used]:
        ready = self._starter.standing
        apart = [pid for pid in (os.getpid(), ready.pid, *ready.others) if pid is not None]
        kernels = [self._kernels.get_kernel(name) for name in self._kernels.list_kernel_ids()]
        pids = (getattr(kernel.provisioner, "pid", None) for kernel in kernels)
        roots = [pid for pid in pids if pid is not None]
        return self._sessions.look(roots, _sessions_of(apart))


class Machine:
    """How busy all processors together were since the last question."""

    def __init__(self) -> None:
        self._seen = (0, 0)

    def is_busy(self) -> bool:
        """Whether less than three fifths of the processor time was left over."""
        fields = [int(text) for text in _first_line().split()[1:9]]
        all_, idle = sum(fields), fields[3] + fields[4]
        before, self._seen = self._seen, (all_, idle)
        return idle - before[1] < (all_ - before[0]) * _LEFT_OVER


def _first_line() -> str:
    with Path("/proc/stat").open() as file:
        return file.readline()


def _sessions_of(pids: list[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            found.add(os.getsid(pid))
        except ProcessLookupError:
            continue
    return found
