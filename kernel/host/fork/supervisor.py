"""Keeps one template alive and asks it for kernels.

A template that ends is started again, after a pause that grows while it keeps ending. One that was
loaded before packages changed is replaced.

While one is loading, the first kernel asked for starts the ordinary way: a lone learner has Python
in a second and the libraries as soon as the template would have them. Those asked for after it
wait for the template: ordinary starts, each five seconds of work, would slow each other and it.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from traitlets.log import get_logger

from host.fork.asking import OutsideError, ask
from host.fork.detached import detached_python
from host.fork.fitting import refuse_other
from host.fork.installed import fingerprint
from host.fork.port import NotReadyError, Order, Reason, Standing
from host.fork.process import ForkedProcess
from host.fork.protocol import ClosedError, hear
from host.fork.reaper import adopt_orphans, sweep
from host.fork.variables import QUIET
from host.walls.bubblewrap import WallsMissingError
from host.walls.sandbox import RoomFailedError

LOADING_LIMIT_S = 180.0
ANSWER_LIMIT_S = 20.0
#: A kernel waits this long for a template that is loading.
PATIENCE_S = 60.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
#: A template that lived this long was a good one: the next pause is short again.
SOUND_S = 60.0
PROGRAM = ["-m", "host.fork"]
_LOADING: tuple[Reason, str] = ("loading", "the template is not loaded yet")
_CHANGED: tuple[Reason, str] = ("changed", "packages have changed")
_ENDED: tuple[Reason, str] = ("failed", "the template has ended; this log says why")
_FAILURES = (
    *(OSError, ClosedError, TimeoutError, TypeError, ValueError, KeyError),
    *(WallsMissingError, RoomFailedError),
)


@dataclass(frozen=True)
class _Template:
    process: subprocess.Popen[bytes]
    control: socket.socket
    made_of: str


class Supervisor:
    """A `Starter` for Linux."""

    def __init__(self, environment: Mapping[str, str], *, detached: bool = False) -> None:
        """
        Args:
            environment: the variables that kernels have.
            detached: whether the template must not lead to the file of Python itself.
        """
        self._environment = dict(environment)
        self._detached = detached
        self._ready: _Template | None = None
        self._why_not: tuple[Reason, str] = _LOADING
        self._settled = asyncio.Event()
        """The template is loaded, or has ended."""
        self._one_went_ahead = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def template_pid(self) -> int | None:
        """Process id of the template that forks, if there is one now."""
        return self._ready.process.pid if self._ready else None

    @property
    def standing(self) -> Standing:
        """Ready, or why not."""
        if self._ready:
            return Standing(pid=self._ready.process.pid)
        return Standing(why_not=self._why_not[0])

    def begin(self) -> None:
        """Start the first template."""
        try:
            adopt_orphans()
        except OSError as error:
            self._why_not = ("system", f"orphans cannot be adopted ({error})")
            return
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(sweep())]

    def end(self) -> None:
        """Stop the template and start no other."""
        for task in self._tasks:
            task.cancel()
        self._ready = None

    async def start(self, order: Order) -> ForkedProcess:
        """Fork a kernel. It answers when this returns."""
        refuse_other(order, self._environment)
        template = await self._template()
        try:
            return await asyncio.wait_for(ask(template.control, order), ANSWER_LIMIT_S)
        except OutsideError as error:
            # Whatever made it do so, no kernel comes from this one any more.
            template.process.kill()
            raise NotReadyError("failed", f"the fork is not behind its walls ({error})") from error
        except _FAILURES as error:
            detail = f"the fork did not become a kernel ({error or type(error).__name__})"
            raise NotReadyError("failed", detail) from error

    async def _template(self) -> _Template:
        if self._ready is None and self._why_not is _LOADING and self._one_went_ahead:
            await self._wait_a_while()
        if self._ready is None:
            self._one_went_ahead = True
            raise NotReadyError(*self._why_not)
        if self._ready.made_of != fingerprint():
            self._ready.process.kill()
            self._ready, self._why_not = None, _CHANGED
            raise NotReadyError(*_CHANGED)
        return self._ready

    async def _wait_a_while(self) -> None:
        try:
            await asyncio.wait_for(self._settled.wait(), PATIENCE_S)
        except TimeoutError as error:
            raise NotReadyError(*_LOADING) from error

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                await self._live(self._launch())
            except OSError as error:
                get_logger().warning("The template could not be started (%s).", error)
                self._why_not = _ENDED
            if self._why_not is _CHANGED:
                continue
            pause = FIRST_PAUSE_S if time.monotonic() - began > SOUND_S else pause * 2
            await asyncio.sleep(min(pause, LONGEST_PAUSE_S))

    async def _live(self, template: _Template) -> None:
        """Wait until the template is loaded, then for its end."""
        self._why_not = _LOADING
        self._settled.clear()
        try:
            facts = await asyncio.wait_for(hear(template.control), LOADING_LIMIT_S)
            get_logger().info("Kernels are forked from now on by process %s.", facts["ready"])
            self._ready, self._one_went_ahead = template, False
            self._settled.set()
            await hear(template.control)
        except (ClosedError, TimeoutError, OSError) as error:
            if self._why_not is not _CHANGED:
                get_logger().warning("The template has ended (%s).", error or type(error).__name__)
                self._why_not = _ENDED
        finally:
            self._ready = None
            self._settled.set()
            _end(template)

    def _launch(self) -> _Template:
        made_of = fingerprint()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs, detached_python(self._detached) as python:
            process = subprocess.Popen(
                [sys.executable, *PROGRAM],
                executable=python,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**self._environment, **QUIET},
                cwd="/",
                start_new_session=True,
            )
        return _Template(process, ours, made_of)


def _end(template: _Template) -> None:
    template.control.close()
    template.process.kill()
    template.process.wait()
