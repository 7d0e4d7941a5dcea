"""The provisioner of a kernel with a room: forked into it, or started in it by bubblewrap.

There is no third way: without a room, or without bubblewrap, there is no process. Whoever makes the
kernel gives it its `room` before each launch.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from host.fork.port import Starter
from host.fork.provisioner import ForkProvisioner, make_known
from host.walls.bubblewrap import bounded, walled
from host.walls.environment import clean
from host.walls.groups import Group
from host.walls.keyring import leave_keyring
from host.walls.process import WalledProcess, program_in
from host.walls.room import HOME, Room, open_room
from host.walls.sandbox import RoomFailedError, Sandbox, bind_all, first_process

NAME = "tuningfork-walled"


def settle(manager: KernelManager, room: Room, starter: Starter) -> None:
    """Give a kernel of Jupyter's own kind what `WalledProvisioner` asks it for."""
    open_room(room)
    manager.connection_file = str(room.connection_file)
    manager.transport = "ipc"
    # Sockets apart from the connection file: it is the host's, and the kernel must not replace it.
    manager.ip = room.address
    wider: Any = manager
    wider.room, wider.starter = room, starter


class WalledProvisioner(ForkProvisioner):
    """A kernel in a room, however it was started."""

    _group: Group | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Jupyter's hook.

        Raises:
            WallsMissingError: bubblewrap is not installed.
            RoomFailedError: it could not build the walls.
        """
        self._group = self._room().group
        return await super().launch_kernel(
            cmd, **{**kwargs, "env": clean(kwargs["env"]), "cwd": HOME}
        )

    def _room(self) -> Room:
        kernel: Any = self.parent
        room: Room = kernel.room
        return room

    async def _launch_cold(self, cmd: list[str], **kwargs: Any) -> Any:
        hearing, telling = socket.socketpair()
        room, told = self._room(), telling.fileno()
        with (
            hearing,
            telling,
            walled(room, bounded(room.limits, cmd), told=told, lasting=True) as inside,
        ):
            given = {**kwargs, "cwd": "/", "pass_fds": (told, *inside.files)}
            leave_keyring()
            await LocalProvisioner.launch_kernel(self, [*inside.command], **given)
            telling.close()
            self.sandbox = Sandbox.of(await first_process(hearing))
            bind_all(self.sandbox.first, room.limits)
        outer = self.process
        pid = await program_in(self.sandbox.first, outer)
        if pid is None:
            raise RoomFailedError(
                f"bubblewrap ended with {outer.returncode} before the kernel began. "
                "To find out why: npm run doctor"
            )
        # bubblewrap lets the program lead a session of its own.
        self._take(WalledProcess(pid, outer), HOME)
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Jupyter's hook: nothing in the room is left."""
        await super().kill(restart=restart)
        self.end_room()

    async def cleanup(self, restart: bool = False) -> None:
        """Jupyter's hook after the kernel's end."""
        self.end_room()
        group, self._group = self._group, None
        if group:
            try:
                await asyncio.to_thread(group.end)
            except OSError as error:
                self.log.warning("A control group could not be removed: %s", error)
        await super().cleanup(restart=restart)

    def end_room(self) -> None:
        """What the kernel left in its room ends, whatever it was."""
        if self.sandbox:
            self.sandbox.end()

    @property
    def started(self) -> dict[str, Any]:
        """How, for the kernel's model."""
        kernel: Any = self.parent
        return {**super().started, "walls": True, "tier": kernel.rooms.tier}


def register() -> None:
    """Make it known to Jupyter."""
    make_known(NAME, WalledProvisioner)
