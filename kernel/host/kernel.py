"""One kernel as the host runs it: with a private folder, a tape and a watch on its process.

This replaces three habits of jupyter_server: its buffering (the tape), its restarter (a death is
told, never repaired behind the learner's back) and its second iopub subscription for activity.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server._tz import utcnow
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado import web

from host import safe
from host.adopt.counts import CountsFile
from host.adopt.process import AdoptedProcess
from host.adopt.record import Account, Record
from host.adopt.taking import note_launch
from host.bounds import put_on
from host.clearing import open_to_owner
from host.errors import Errors, errors_of
from host.fork.port import Process, Starter
from host.fork.process import ForkedProcess
from host.fork.walled import WalledProvisioner
from host.recorder import DIED, Recorder
from host.rest import Rest
from host.tape import Tape
from host.walls.bubblewrap import WallsMissingError
from host.walls.process import WalledProcess
from host.walls.room import Room
from host.walls.rooms import Rooms
from host.walls.sandbox import RoomFailedError
from host.walls.sockets import Sockets
from host.watch import Place, Watch, launched


class HostKernel(ServerKernelManager):
    """One kernel: its process, recorder and watch. The id outlives restarts."""

    home: Path
    recorder: Recorder
    account: Account
    """What is written down for the next host."""
    bound: int | None = None
    """Bytes of memory that its process may have."""
    room: Room
    """What the present process is walled in by."""
    watch: Watch | None = None
    """Of the process that runs, or of the one that ran last."""
    _folder = Path()
    _watch: asyncio.Task[None] | None = None

    @property
    def starter(self) -> Starter:
        """Whoever has kernels ready."""
        starter: Starter = self._app().starter
        return starter

    @property
    def rooms(self) -> Rooms | None:
        """Whoever makes its walls; None: it has none."""
        rooms: Rooms | None = self._app().rooms
        return rooms

    def _app(self) -> Any:
        kernels: Any = self.parent
        return kernels.parent

    def settle(self, home: Path) -> None:
        """Give the kernel its folder. Called once, before the first start."""
        # Jupyter would read and check its list of events anew, to find that the app has it.
        self.event_logger = self._app().event_logger
        home.mkdir(mode=0o700)
        self.home = home
        self.connection_file = str(home / "c.json")
        if self.rooms:
            self.ip = self.rooms.address(home)
        self.recorder = Recorder(Tape(home), self._set_state, CountsFile(home, write=True))
        self.account = Account(home, Record("", self.recorder.session))

    @cached_property
    def sockets(self) -> Sockets | None:
        """By which names the host speaks to it; None: by those that the kernel gave."""
        return Sockets(Room(self.home, self.home), self.ports) if self.rooms else None

    def _make_url(self, channel: str) -> str:
        """Jupyter's hook."""
        if self.sockets is None:
            return super()._make_url(channel)
        return self.sockets.address(getattr(self, f"{channel}_port"))

    @property
    def adopted(self) -> bool:
        """Another host started its process: held by this one, it would stay so after its death."""
        return isinstance(getattr(self.provisioner, "process", None), AdoptedProcess)

    def go_on(self) -> None:
        """Watch and hear a process that another host has started."""
        process = getattr(self.provisioner, "process", None)
        self.execution_state, self.last_activity = "busy", utcnow()
        if process is None:
            self.execution_state = "dead"
            return
        self._folder = Path(self.account.record.folder)
        disk = self.rooms.limits.home if self.rooms else None
        place = Place(self.home, self._folder, self.bound, disk=disk, first=self._first())
        self.watch = Watch(process, place)
        self._take_sockets()
        self.start_restarter()
        if process.poll() is None:
            self.recorder.adopt(self)

    @cached_property
    def rest(self) -> Rest:
        """Whether it is frozen, and who was told."""
        return Rest(lambda kind, facts: self.recorder.note(kind, facts))

    def start_restarter(self) -> None:
        """Jupyter's hook after a launch: watch the process."""
        if self.watch:
            self._watch = asyncio.create_task(self._watch_process(self.watch))

    def _take_sockets(self) -> None:
        """Before anything connects. What is not there then is taken a moment later."""
        if self.sockets:
            self.sockets.take()

    async def _keep_taking_sockets(self) -> None:
        if self.sockets:
            await self.sockets.keep_taking(lambda: self.recorder.answers)

    def stop_restarter(self) -> None:
        """Jupyter's hook before a wanted end: this end is no death."""
        self.rest.wake()
        self.account.note(state="ending")
        if self._watch:
            self._watch.cancel()
            self._watch = None

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        # Output written to the file descriptors is on the tape already; here it would only pile up.
        kw["stdout"] = subprocess.DEVNULL
        self._folder = Path(kw.get("cwd") or os.getcwd())
        # Closed by a cell, even to its owner, it would keep each Python to come from beginning.
        open_to_owner(self._folder)
        if self.kernel_name == safe.NAME:
            launch = safe.Launch(kernel_cmd, kw["env"])
            launch = safe.safely(launch, self.home, walls=self.rooms is not None)
            kernel_cmd, kw["env"] = [*launch.command], dict(launch.environment)
        if self.rooms:
            self.room = self.rooms.room(self.home, self._folder)
        # After the room was emptied, where the note of an earlier process may be a trap.
        kw["env"] = launched(self.home, kw["env"])
        self.recorder.expect()
        self.account.note(kernel=self.kernel_id, state="launching", pid=None, sandbox=None)
        with errors_of(self.home, piped=self.rooms is not None) as errors:
            kw["stderr"] = errors
            try:
                await super()._async_launch_kernel(kernel_cmd, **kw)
            except (WallsMissingError, RoomFailedError) as error:
                Errors(self.home).close()
                raise web.HTTPError(500, str(error)) from error
        process = self._process()
        note_launch(self.account, self, self._folder)
        put_on(process.pid, self.bound)
        self.watch = Watch(process, self._place())

    async def _async_post_start_kernel(self, **kw: Any) -> None:
        await super()._async_post_start_kernel(**kw)
        self.execution_state = "starting"
        self._take_sockets()
        self.recorder.connect(self)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await self.recorder.disconnect()
        if self._control_socket is not None:
            # What the old process did not take, a request to end, is not for the next one.
            self._control_socket.linger = 0
        await super()._async_cleanup_resources(restart=restart)

    async def _async_signal_kernel(self, signum: int) -> None:
        self.rest.wake()
        self.recorder.hurry()
        await super()._async_signal_kernel(signum)

    @cached_property
    def changing(self) -> asyncio.Lock:
        """Held while its process is replaced or put away, so that nobody does both at once."""
        return asyncio.Lock()

    async def put_away(self, pid: int) -> bool:
        """End this process, as the first half of a restart. The other half is for whoever comes.

        False: the kernel has another one by now.
        """
        async with self.changing:
            if getattr(self.provisioner, "pid", None) != pid:
                return False
            await ensure_async(self.shutdown_kernel(restart=True))
            self._end_orphans()
            self._set_state("dead")
            self.account.note(state="dead")
        return True

    def _place(self) -> Place:
        if not self.rooms:
            return Place(self.home, self._folder, self.bound)
        group = self.room.group
        counted = group.folders["memory"] if group else None
        limits = self.room.limits
        return Place(self.home, self._folder, limits.memory, counted, limits.home, self._first())

    def _first(self) -> int | None:
        sandbox = getattr(self.provisioner, "sandbox", None)
        return sandbox.first if sandbox else None

    def _set_state(self, state: str) -> None:
        self.execution_state = state
        self.last_activity = utcnow()

    async def _watch_process(self, watch: Watch) -> None:
        taking = asyncio.create_task(self._keep_taking_sockets())
        try:
            facts = await watch.end()
        finally:
            taking.cancel()
        self._end_orphans()
        await self.recorder.disconnect()
        self._set_state("dead")
        self.recorder.note(DIED, facts)
        self.account.note(state="dead")

    def _process(self) -> Process:
        process = getattr(self.provisioner, "process", None)
        if not isinstance(process, subprocess.Popen | ForkedProcess | WalledProcess):
            raise RuntimeError("the kernel was launched without a process")
        return process

    def _end_orphans(self) -> None:
        """Workers that the kernel started serve nobody once it is dead."""
        if isinstance(self.provisioner, WalledProvisioner):
            self.provisioner.end_room()
        group = getattr(self.provisioner, "pgid", None)
        if group and hasattr(os, "killpg"):
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                return
