"""Looks after kernels that nobody uses: freezes them, warns, puts them away; makes room for others.

What is to be done is decided in `idle.py`; this looks, asks the kernel and acts. It speaks to the
web process through the tape, so that nothing is missed while nobody listens.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from traitlets.log import get_logger

from host.freezing import CAN_FREEZE, tree
from host.idle import UNKNOWN, Idle, Limits, Trace, next_step, was_used
from host.rest import Why
from host.usage import Ledger
from host.waker import Waker

#: Under want of memory, seconds without use after which a kernel may be put away.
SPARE_S = 300.0


@dataclass
class _Known:
    """What was seen of a process."""

    pid: int
    trace: Trace
    looked: float
    used: float
    warned: bool = False

    @property
    def unused(self) -> float:
        return self.looked - self.used


class Keeper:
    """For all kernels of a host."""

    def __init__(self, kernels: Any, limits: Limits) -> None:
        """`kernels`: the host's `HostKernels`."""
        self._kernels = kernels
        self._limits = limits
        self._ledger = Ledger(budget=0.0)
        self._waker = Waker()
        self._known: dict[str, _Known] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._sparing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on. The host's loop runs."""
        self._keeping = asyncio.create_task(self._keep())

    def make_room(self) -> None:
        """Soon put the kernel away that was not used for longest, if one can be spared."""
        if self._sparing is None or self._sparing.done():
            self._sparing = asyncio.create_task(self._spare_one())

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._limits.look)
            for kernel_id, known in (await self._look()).items():
                await self._carefully(self._look_after(kernel_id, known), kernel_id)
            self._waker.tell(self._held())

    async def _carefully(self, work: Any, kernel_id: str) -> None:
        try:
            await work
        except Exception:
            # The next look tries again, and the other kernels must not suffer.
            get_logger().exception("Kernel %s could not be looked after.", kernel_id)

    async def _look_after(self, kernel_id: str, known: _Known) -> None:
        if kernel_id not in self._kernels:
            return
        kernel = self._kernels.get_kernel(kernel_id)
        step = next_step(_idle(kernel, known), self._limits)
        if step == "nothing" or not await self._agrees(kernel, known):
            return
        if step == "freeze" and CAN_FREEZE and not kernel.adopted:
            self._freeze(kernel, known)
        elif step == "warn" and self._limits.end is not None:
            known.warned = True
            left = max(0.0, self._limits.end - known.unused)
            kernel.rest.tell("ending", known.unused, left)
        elif step == "end":
            await self._put_away(kernel, known, "unused")
        # What we say ourselves, and what the kernel did for us, is no use.
        known.trace = _heard(kernel, UNKNOWN)

    def _freeze(self, kernel: Any, known: _Known) -> None:
        self._waker.tell([*self._held(), *(one.pid for one in tree(known.pid))])
        kernel.rest.freeze(known.pid)
        kernel.rest.tell("frozen", known.unused)

    def _held(self) -> list[int]:
        kernels = (self._kernels.get_kernel(name) for name in self._kernels.list_kernel_ids())
        return [pid for kernel in kernels for pid in kernel.rest.held]

    async def _look(self) -> dict[str, _Known]:
        """Look at all kernels that answer."""
        pids = self._pids()
        # In a thread: cells must not wait while all processes are read.
        uses = await asyncio.to_thread(self._ledger.look, {*pids.values()})
        now = time.monotonic()
        self._known = {
            kernel_id: self._noticed(kernel_id, pid, uses[pid].cpu, now)
            for kernel_id, pid in pids.items()
            if pid in uses and kernel_id in self._kernels
        }
        return self._known

    def _pids(self) -> dict[str, int]:
        kernels = (
            (name, self._kernels.get_kernel(name)) for name in self._kernels.list_kernel_ids()
        )
        found = {
            name: getattr(kernel.provisioner, "pid", None)
            for name, kernel in kernels
            if kernel.recorder.answers
        }
        return {name: pid for name, pid in found.items() if pid is not None}

    def _noticed(self, kernel_id: str, pid: int, cpu: float, now: float) -> _Known:
        """What is known of a process after this look."""
        kernel, known = self._kernels.get_kernel(kernel_id), self._known.get(kernel_id)
        trace = _heard(kernel, cpu)
        if known is None or known.pid != pid:
            return _Known(pid, trace, looked=now, used=now)
        if was_used(known.trace, trace, now - known.looked):
            known.used, known.warned = now, False
            kernel.rest.wake()
        known.trace, known.looked = _heard(kernel, cpu), now
        return known

    async def _agrees(self, kernel: Any, known: _Known) -> bool:
        """Asks the kernel to give back what it does not need. A frozen one has been asked.

        It refuses while a cell runs, even one that only waits.
        """
        if kernel.rest.frozen:
            return True
        sent = kernel.rest.sent
        answer = await kernel.recorder.ask({"do": "rest"})
        if answer is None or not answer.get("done"):
            known.used = known.looked
            return False
        # What came while it was asked is for a kernel that is awake.
        return bool(kernel.rest.sent == sent)

    async def _put_away(self, kernel: Any, known: _Known, why: Why) -> None:
        get_logger().info("Kernel %s is put away: %s.", kernel.kernel_id, why)
        if await kernel.put_away(known.pid):
            kernel.rest.tell_end(known.unused, why)

    async def _spare_one(self) -> None:
        looked = await self._look()
        for kernel_id, known in sorted(looked.items(), key=lambda item: item[1].used):
            kernel = self._kernels.get_kernel(kernel_id)
            if known.unused < SPARE_S or not _idle(kernel, known).kept:
                continue
            if await self._agrees(kernel, known):
                await self._put_away(kernel, known, "memory")
                return


def _idle(kernel: Any, known: _Known) -> Idle:
    tape = kernel.recorder.tape
    return Idle(
        seconds=known.unused,
        frozen=kernel.rest.frozen,
        warned=known.warned,
        kept=tape.forgotten == tape.last,
    )


def _heard(kernel: Any, cpu: float) -> Trace:
    return Trace(sent=kernel.rest.sent, said=kernel.recorder.tape.last, cpu=cpu)
