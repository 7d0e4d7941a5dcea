"""Starts a kernel behind walls for Jupyter, interrupts it and ends it.

There is no way around: without bubblewrap there is no kernel. Between the host and the kernel are
two processes of bubblewrap: one outside, whose end is the end of all, and the sandbox's first.
"""

from __future__ import annotations

import signal
from importlib.metadata import EntryPoint
from typing import Any

import psutil
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from host.walls.bubblewrap import walled
from host.walls.environment import clean
from host.walls.keyring import leave_keyring
from host.walls.room import Room, open_room

NAME = "tuningfork-walled"
_BY_SIGNAL = 128
"""A shell's way to say by which signal a program ended, and bubblewrap's."""


def settle(manager: KernelManager, room: Room) -> None:
    """Give a kernel its room, before its first start."""
    open_room(room)
    manager.connection_file = str(room.connection_file)
    manager.transport = "ipc"
    # Sockets apart from the connection file: it is the host's, and the kernel must not replace it.
    manager.ip = room.address


class WalledProvisioner(LocalProvisioner):
    """Jupyter's own, with bubblewrap before the command."""

    process: Any = None
    room: Room

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Jupyter's hook. To be called on the main thread: a walled kernel ends with the thread.

        Raises:
            WallsMissingError: bubblewrap is not installed.
        """
        kernel: Any = self.parent
        self.room = kernel.room
        command = walled(self.room, cmd)
        given = {**kwargs, "env": clean(kwargs["env"]), "cwd": "/"}
        leave_keyring()
        return await super().launch_kernel(command, **given)

    async def poll(self) -> int | None:
        """Exit code, or minus the signal, of the kernel itself."""
        return told(await super().poll())

    async def send_signal(self, signum: int) -> None:
        """An interrupt goes to the kernel alone: bubblewrap would end at it."""
        if signum != signal.SIGINT:
            await super().send_signal(signum)
            return
        kernel = kernel_process(self.process.pid)
        if kernel is not None:
            kernel.send_signal(signum)


def kernel_process(outer: int) -> psutil.Process | None:
    """The walled program itself, by the process id of the outer bubblewrap."""
    try:
        first = psutil.Process(outer).children()
        inside = first[0].children() if first else []
    except psutil.NoSuchProcess:
        return None
    # What lost its parent is the sandbox's first process's child too; the kernel was there before.
    return min(inside, key=psutil.Process.create_time, default=None)


def told(code: int | None) -> int | None:
    """bubblewrap's exit code in Popen's words."""
    if code is None or not _BY_SIGNAL < code < _BY_SIGNAL + signal.NSIG:
        return code
    return _BY_SIGNAL - code


def register() -> None:
    """Make the provisioner known to Jupyter, which looks among installed packages only."""
    where = f"{WalledProvisioner.__module__}:{WalledProvisioner.__name__}"
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
        NAME, where, KernelProvisionerFactory.GROUP_NAME
    )
