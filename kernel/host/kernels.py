"""Kernels as the host runs them: each with a private folder, a tape and a watch on its process.

This replaces three habits of jupyter_server: its buffering (the tape), its restarter (a death is
told, never repaired behind the learner's back) and its second iopub subscription for activity.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import (
    AsyncMappingKernelManager,
    ServerKernelManager,
)
from tornado import web

from host.fork.port import Process
from host.fork.process import ForkedProcess
from host.fork.provisioner import ForkProvisioner
from host.memory import MEGABYTE, Gauge
from host.recorder import Recorder
from host.tape import Tape

ANSWER_TIMEOUT_S = 60.0
_WATCH_EVERY_S = 0.1
_LOG_TAIL = 4000


class HostKernel(ServerKernelManager):
    """One kernel: its process, recorder and watch. The id outlives restarts."""

    home: Path
    recorder: Recorder
    _watch: asyncio.Task[None] | None = None

    def settle(self, home: Path) -> None:
        """Give the kernel its folder. Called once, before the first start."""
        home.mkdir(mode=0o700)
        self.home = home
        self.connection_file = str(home / "c.json")
        self.recorder = Recorder(Tape(home), self._set_state)

    def start_restarter(self) -> None:
        """Jupyter's hook after a launch: watch the process."""
        self._watch = asyncio.create_task(self._watch_process())

    def stop_restarter(self) -> None:
        """Jupyter's hook before a wanted end: this end is no death."""
        if self._watch:
            self._watch.cancel()
            self._watch = None

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        # Output written to the file descriptors is on the tape already; here it would only pile up.
        kw["stdout"] = subprocess.DEVNULL
        with (self.home / "stderr").open("wb") as log:
            kw["stderr"] = log
            await super()._async_launch_kernel(kernel_cmd, **kw)

    async def _async_post_start_kernel(self, **kw: Any) -> None:
        await super()._async_post_start_kernel(**kw)
        self.execution_state = "starting"
        self.recorder.connect(self)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await self.recorder.disconnect()
        await super()._async_cleanup_resources(restart=restart)

    def _set_state(self, state: str) -> None:
        self.execution_state = state
        self.last_activity = utcnow()

    async def _watch_process(self) -> None:
        process = self._process()
        gauge = Gauge(process.pid)
        while (code := process.poll()) is None:
            gauge.sample()
            await asyncio.sleep(_WATCH_EVERY_S)
        self._end_orphans()
        await self.recorder.disconnect()
        self._set_state("dead")
        self.recorder.note_death(self._facts(code, gauge))

    def _process(self) -> Process:
        process = getattr(self.provisioner, "process", None)
        if not isinstance(process, subprocess.Popen | ForkedProcess):
            raise RuntimeError("the kernel was launched without a process")
        return process

    def _end_orphans(self) -> None:
        """Workers that the kernel started serve nobody once it is dead."""
        group = getattr(self.provisioner, "pgid", None)
        if group and hasattr(os, "killpg"):
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                return

    def _facts(self, code: int, gauge: Gauge) -> dict[str, object]:
        killed = _signal_name(code)
        return {
            "exit_code": None if killed else code,
            "signal": killed,
            "memory_mb": round(gauge.resident / MEGABYTE) or None,
            "out_of_memory": killed == "SIGKILL" and gauge.ran_out(),
            "log": self._last_words(),
        }

    def _last_words(self) -> str:
        return (self.home / "stderr").read_bytes()[-_LOG_TAIL:].decode(errors="replace")


class HostKernels(AsyncMappingKernelManager):
    """All kernels of this host."""

    def pre_start_kernel(
        self, kernel_name: str | None, kwargs: dict[str, Any]
    ) -> tuple[Any, str, str]:
        """Jupyter's hook before a first start."""
        manager, name, kernel_id = super().pre_start_kernel(kernel_name, kwargs)
        app: Any = self.parent
        if not isinstance(manager, HostKernel):
            raise TypeError("the host runs its own kind of kernel only")
        manager.settle(app.runtime.kernels / kernel_id[:8])
        return manager, name, kernel_id

    def cwd_for_path(self, path: str, **_kwargs: Any) -> str:
        """The working folder of a new kernel: an absolute path, made if it is missing."""
        folder = Path(path)
        if not folder.is_absolute():
            raise web.HTTPError(400, "The kernel's folder must be an absolute path.")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return str(folder)

    async def _restart(self, kernel_id: str, now: bool = False) -> None:
        """Start a new process under the same id; return when it answers."""
        kernel = self._host_kernel(kernel_id)
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
            shutil.rmtree(kernel.home, ignore_errors=True)
        return kernel

    def _host_kernel(self, kernel_id: str) -> HostKernel:
        kernel = self.get_kernel(kernel_id)
        if not isinstance(kernel, HostKernel):
            raise TypeError("the host runs its own kind of kernel only")
        return kernel


def _signal_name(code: int) -> str | None:
    if code >= 0:
        return None
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
