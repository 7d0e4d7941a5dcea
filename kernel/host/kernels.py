"""All kernels of this host, under their ids."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import zmq
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web

from host.adopt.record import Record
from host.adopt.taking import resume
from host.clearing import clear_away
from host.fork.provisioner import ForkProvisioner
from host.kernel import HostKernel
from host.memory import free_memory, machine_memory
from host.room import Machine, has_room
from host.wire import LARGEST

ANSWER_TIMEOUT_S = 60.0
_LARGEST_PART = LARGEST + 2**20
"""Bytes. A longer part is not read to its end, and the channel begins anew: no kernel of ours sends
it."""
_MOST_UNREAD = 8
"""Messages that may have come while a channel is not listened to. More would be kept in this
process, whatever their size; a kernel waits with what does not fit (inside/keeping.py)."""


class HostKernels(AsyncMappingKernelManager):
    """All kernels of this host."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Of each socket that is made with it.
        self.context.setsockopt(zmq.MAXMSGSIZE, _LARGEST_PART)
        self.context.setsockopt(zmq.RCVHWM, _MOST_UNREAD)
        self._restarting: dict[str, asyncio.Task[None]] = {}
        """Restarts that are under way."""

    def pre_start_kernel(
        self, kernel_name: str | None, kwargs: dict[str, Any]
    ) -> tuple[Any, str, str]:
        """Jupyter's hook before a first start."""
        self._refuse_without_room()
        manager, name, kernel_id = super().pre_start_kernel(kernel_name, kwargs)
        app: Any = self.parent
        if not isinstance(manager, HostKernel):
            raise TypeError("the host runs its own kind of kernel only")
        manager.settle(app.runtime.kernels / kernel_id[:8])
        manager.bound = self._bound()
        manager.recorder.flow.allow(app.output_rate)
        return manager, name, kernel_id

    def adopt(self, home: Path, record: Record) -> None:
        """Take over a kernel that another host has started."""
        manager, _, kernel_id = super().pre_start_kernel(None, {"kernel_id": record.kernel})
        if not isinstance(manager, HostKernel):
            raise TypeError("the host runs its own kind of kernel only")
        manager.bound = self._bound()
        resume(manager, home, record)
        app: Any = self.parent
        manager.recorder.flow.allow(app.output_rate)
        self._kernels[kernel_id] = manager
        self._kernel_connections[kernel_id] = 0
        self._kernel_ports[kernel_id] = manager.ports
        manager.go_on()

    def _bound(self) -> int | None:
        app: Any = self.parent
        bound: int | None = app.rooms.limits.memory if app.rooms else app.bound
        return bound

    def _refuse_without_room(self) -> None:
        """A kernel that starts where nothing is free would end another one."""
        app: Any = self.parent
        states = [self._host_kernel(name).execution_state for name in self.list_kernel_ids()]
        living = [state for state in states if state != "dead"]
        ready = app.starter.standing
        # A template has one for everybody, the pool one for whoever comes first.
        light = ready.pid is not None and (ready.kind == "template" or "starting" not in living)
        total = machine_memory()
        machine = Machine(total, free_memory(total))
        if not has_room(machine, living.count("starting"), len(living), light=light):
            app.keeper.make_room()
            raise web.HTTPError(503, "The computer is short of memory.")

    def cwd_for_path(self, path: str, **_kwargs: Any) -> str:
        """The working folder of a new kernel: an absolute path, made if it is missing."""
        folder = Path(path)
        if not folder.is_absolute():
            raise web.HTTPError(400, "The kernel's folder must be an absolute path.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return str(folder)

    async def _restart(self, kernel_id: str, now: bool = False) -> None:
        """Start a new process under the same id; return when it answers.

        Who asks while one is under way gets that one, which is as fresh. Asked again because an
        answer was lost, a second one would end the process that the first has just started.
        """
        task = self._restarting.get(kernel_id)
        if task is None:
            task = asyncio.create_task(self._restart_once(kernel_id, now))
            self._restarting[kernel_id] = task
            task.add_done_callback(lambda _: self._restarting.pop(kernel_id, None))
        await asyncio.shield(task)

    async def _restart_once(self, kernel_id: str, now: bool) -> None:
        kernel = self._host_kernel(kernel_id)
        async with kernel.changing:
            dead = not await ensure_async(kernel.is_alive())
            await kernel.restart_kernel(now=now or dead)
        await kernel.recorder.ready(ANSWER_TIMEOUT_S)

    # Jupyter's class has this one in a blocking and in an asynchronous kind.
    restart_kernel: Any = _restart

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """Jupyter's description of a kernel, with the newest number on its tape and its process."""
        kernel = self._host_kernel(kernel_id)
        extra = {
            "tape": kernel.recorder.tape.last,
            "forgotten": kernel.recorder.tape.forgotten,
            "pid": getattr(kernel.provisioner, "pid", None),
        }
        if isinstance(kernel.provisioner, ForkProvisioner):
            extra.update(kernel.provisioner.started)
        return {**super().kernel_model(kernel_id), **extra}

    def start_watching_activity(self, kernel_id: str) -> None:
        """The recorder already hears everything."""

    def stop_watching_activity(self, kernel_id: str) -> None:
        """Nothing was started."""

    def remove_kernel(self, kernel_id: str) -> Any:
        """Jupyter's hook after an end for good: drop the tape and the folder."""
        kernel = super().remove_kernel(kernel_id)
        if isinstance(kernel, HostKernel):
            kernel.recorder.tape.close()
            for listener in tuple(kernel.recorder.listeners):
                listener()
            clear_away(kernel.home)
        return kernel

    def _host_kernel(self, kernel_id: str) -> HostKernel:
        kernel = self.get_kernel(kernel_id)
        if not isinstance(kernel, HostKernel):
            raise TypeError("the host runs its own kind of kernel only")
        return kernel
