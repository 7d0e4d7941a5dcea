"""Keeps a few processes waiting, and gives one to each kernel that is asked for.

What was taken is made good later: one process is loaded at a time, when no kernel was asked for
during `LULL_S` and the machine has memory for it and for one kernel besides. Meanwhile kernels
start the ordinary way. A process that ends while it loads or waits is made good after a pause that
grows. When packages change all are thrown away.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping

from traitlets.log import get_logger

from host.fork.fitting import refuse_other
from host.fork.installed import fingerprint
from host.fork.port import NotReadyError, Order, ReadyProcess, Reason, Standing
from host.memory import free_memory, machine_memory
from host.pool.waiting import EndedError, Waiting
from host.room import Machine, has_room

LOADING_LIMIT_S = 180.0
ANSWER_LIMIT_S = 20.0
#: After a kernel was asked for, its own first work comes first.
LULL_S = 3.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
#: A process that lived this long was a good one: the next pause is short again.
SOUND_S = 60.0
_LOOK_S = 1.0
_LOADING: tuple[Reason, str] = ("loading", "no process of the pool is loaded")
_CHANGED: tuple[Reason, str] = ("changed", "packages have changed")
_ENDED: tuple[Reason, str] = ("failed", "a process of the pool has ended; this log says why")
_MEMORY: tuple[Reason, str] = ("memory", "there is no memory to load libraries in advance")


class Pool:
    """A `Starter` for every system."""

    def __init__(self, environment: Mapping[str, str], size: int) -> None:
        """
        Args:
            environment: the variables that kernels have.
            size: how many processes wait, at least one.
        """
        self._environment = dict(environment)
        self._size = size
        self._loading: Waiting | None = None
        self._ready: list[Waiting] = []
        self._why_not: tuple[Reason, str] = _LOADING
        self._one_at_a_time = asyncio.Lock()
        self._asked = -LULL_S
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def standing(self) -> Standing:
        """Ready, or why not."""
        loading = [self._loading] if self._loading else []
        pids = [one.process.pid for one in (*self._ready, *loading)]
        if self._ready:
            return Standing(pids[0], kind="pool", others=tuple(pids[1:]))
        return Standing(why_not=self._why_not[0], kind="pool", others=tuple(pids))

    def begin(self) -> None:
        """Load the first process, and then the others."""
        self._tasks = [asyncio.create_task(self._keep()) for _ in range(self._size)]

    def end(self) -> None:
        """End those that wait, and load no other."""
        for task in self._tasks:
            task.cancel()
        for one in (*self._ready, *([self._loading] if self._loading else [])):
            one.end()
        self._ready, self._loading = [], None

    async def start(self, order: Order) -> ReadyProcess:
        """A kernel that answers, in a process that has waited."""
        self._asked = time.monotonic()
        if order.room is not None:
            raise NotReadyError("walls", "a process of the pool cannot be walled in")
        refuse_other(order, self._environment)
        one = self._next()
        try:
            return await asyncio.wait_for(one.become(order), ANSWER_LIMIT_S)
        except (EndedError, OSError, TimeoutError) as error:
            # What it has written there is kept: the ordinary start writes behind it.
            order.errors.seek(0, os.SEEK_END)
            detail = f"the waiting process did not become a kernel ({error or 'too slow'})"
            raise NotReadyError("failed", detail) from error

    def _next(self) -> Waiting:
        """
        Raises:
            NotReadyError: there is none, or none that is up to date.
        """
        if not self._ready:
            raise NotReadyError(*self._why_not)
        made_of = fingerprint()
        stale = [one for one in self._ready if one.made_of != made_of]
        if stale:
            self._why_not = _CHANGED
            for one in stale:
                self._ready.remove(one)
                one.end()
            raise NotReadyError(*_CHANGED)
        return self._ready.pop(0)

    async def _keep(self) -> None:
        """See that one process waits, again and again."""
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            if await self._live():
                pause = FIRST_PAUSE_S
                continue
            pause = FIRST_PAUSE_S if time.monotonic() - began > SOUND_S else pause * 2
            await asyncio.sleep(min(pause, LONGEST_PAUSE_S))

    async def _live(self) -> bool:
        """Load a process and wait until it is taken, or thrown away; False: it ended by itself."""
        try:
            async with self._one_at_a_time:
                await self._lull()
                one = await self._load()
        except (EndedError, TimeoutError, OSError) as error:
            get_logger().warning("A process of the pool could not be loaded (%s).", error)
            self._why_not = _ENDED
            return False
        await one.gone.wait()
        if one not in self._ready:
            return True
        self._ready.remove(one)
        one.end()
        get_logger().warning("A waiting process has ended with %s.", one.process.returncode)
        self._why_not = _ENDED
        return False

    async def _lull(self) -> None:
        """Wait until nobody is kept waiting by one more process."""
        while (left := self._asked + LULL_S - time.monotonic()) > 0 or not _has_memory():
            if left <= 0:
                self._why_not = _MEMORY
            await asyncio.sleep(max(left, _LOOK_S))
        self._why_not = _LOADING

    async def _load(self) -> Waiting:
        self._loading = one = Waiting(self._environment)
        try:
            await asyncio.wait_for(one.load(), LOADING_LIMIT_S)
        except BaseException:
            one.end()
            raise
        finally:
            self._loading = None
        get_logger().info("Process %s waits to be a kernel.", one.process.pid)
        self._ready.append(one)
        return one


def _has_memory() -> bool:
    total = machine_memory()
    machine = Machine(total, free_memory(total))
    return has_room(machine, starting=1, others=1, light=False)
