"""What Jupyter calls to launch a kernel: forked if it can be, the ordinary way if not."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from host.fork.port import NotReadyError, Order, Process, Reason, Starter

NAME = "tuningfork"


class ForkProvisioner(LocalProvisioner):
    """Jupyter's own provisioner, with another way to get a process."""

    process: Any = None
    cold: Reason | None = None
    """Why the present process was started the ordinary way; None if it was forked."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Jupyter's hook: get a process for `cmd`."""
        order = Order(cmd, kwargs["env"], str(kwargs.get("cwd") or os.getcwd()), kwargs["stderr"])
        try:
            process = await self._starter().start(order)
        except NotReadyError as reason:
            self.log.info("A kernel starts the ordinary way: %s.", reason)
            self.cold = reason.reason
            return await super().launch_kernel(cmd, **kwargs)
        self.cold = None
        self._take(process, order.folder)
        return self.connection_info

    def _starter(self) -> Starter:
        kernel: Any = self.parent
        starter: Starter = kernel.parent.parent.starter
        return starter

    def _take(self, process: Process, folder: str) -> None:
        self.process = process
        self.pid = process.pid
        # The kernel leads a session, and so a process group, of its own.
        self.pgid = process.pid
        self.cwd = folder

    @property
    def started(self) -> dict[str, str | None]:
        """How, for the kernel's model."""
        return {"started": "cold" if self.cold else "forked", "cold_because": self.cold}


def register() -> None:
    """Make the kernelspec's `kernel_provisioner` known to Jupyter.

    Jupyter finds provisioners among installed packages; ours is none, so it is put into the list.
    """
    where = f"{ForkProvisioner.__module__}:{ForkProvisioner.__name__}"
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
        NAME, where, KernelProvisionerFactory.GROUP_NAME
    )
