"""What Jupyter calls to launch a kernel: from what is ready if it can be, else the ordinary way."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from host.fork.port import NotReadyError, Order, Process, Reason, Starter, Way
from host.walls.room import Room
from host.walls.sandbox import Sandbox

NAME = "tuningfork"


class ForkProvisioner(LocalProvisioner):
    """Jupyter's own provisioner, with another way to get a process."""

    process: Any = None
    cold: Reason | None = None
    """Why the present process was started the ordinary way; None if it was not."""
    way: Way = "forked"
    """Where it came from, if it was not."""
    sandbox: Sandbox | None = None
    """The room that the present process is in; None without walls."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Jupyter's hook: get a process for `cmd`."""
        folder = str(kwargs.get("cwd") or os.getcwd())
        order = Order(cmd, kwargs["env"], folder, kwargs["stderr"], self._room())
        try:
            process = await self._starter().start(order)
        except NotReadyError as reason:
            self.log.info("A kernel starts the ordinary way: %s.", reason)
            self.cold = reason.reason
            return await self._launch_cold(cmd, **kwargs)
        self.cold, self.sandbox = None, getattr(process, "sandbox", None)
        self.way = "pooled" if isinstance(process, subprocess.Popen) else "forked"
        self._take(process, order.folder)
        return self.connection_info

    def _room(self) -> Room | None:
        return None

    async def _launch_cold(self, cmd: list[str], **kwargs: Any) -> Any:
        return await super().launch_kernel(cmd, **kwargs)

    def _starter(self) -> Starter:
        kernel: Any = self.parent
        starter: Starter = kernel.starter
        return starter

    def _take(self, process: Process, folder: str) -> None:
        self.process = process
        self.pid = process.pid
        # The kernel leads a session, and so a process group, of its own.
        self.pgid = process.pid
        self.cwd = folder

    @property
    def started(self) -> dict[str, Any]:
        """How, for the kernel's model."""
        how = "cold" if self.cold else self.way
        return {"started": how, "cold_because": self.cold, "walls": False, "tier": None}


def make_known(name: str, kind: type[LocalProvisioner]) -> None:
    """Let a kernelspec's `kernel_provisioner` mean a class of ours.

    Jupyter finds provisioners among installed packages; ours is none, so it is put into the list.
    """
    KernelProvisionerFactory.provisioners[name] = EntryPoint(
        name, f"{kind.__module__}:{kind.__name__}", KernelProvisionerFactory.GROUP_NAME
    )


def register() -> None:
    """Make the one without walls known to Jupyter."""
    make_known(NAME, ForkProvisioner)
