"""The host's side of one process of the pool.

    process → host   {"ready": …}: everything is loaded                     (its standard output)
    host → process   the order: command, environment, folder, errors        (its standard input)
    process → host   {"pid": …}: the kernel can be spoken to                (its standard output)

Each is a line of JSON. A process that reads the end of its input instead of an order ends. Its
output is read by a thread: Windows has no other way that goes with Jupyter's loop.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from jupyter_client.launcher import launch_kernel

from host.fork.installed import fingerprint
from host.fork.port import Order

PROGRAM = ["-m", "host.pool"]
_GIVEN = ("JPY_PARENT_PID", "JPY_INTERRUPT_EVENT", "IPY_INTERRUPT_EVENT")
"""Variables that are set where a process is made: on Windows they name what only it can use."""
_PATIENCE_S = 1.0


class EndedError(Exception):
    """The process has ended, or closed its output."""


class Waiting:
    """From its launch until it is a kernel."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """
        Args:
            environment: the variables that kernels have.

        Raises:
            OSError: it could not be started.
        """
        self.made_of = fingerprint()
        """Of what it is loaded."""
        self.gone = asyncio.Event()
        """It has ended, or was taken."""
        variables = dict(environment)
        # Jupyter's own way: a session of its own, and on Windows what interrupts it.
        self.process: subprocess.Popen[bytes] = launch_kernel(
            [sys.executable, *PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=variables,
            cwd=os.path.abspath(os.sep),
        )
        self._given = {name: variables[name] for name in _GIVEN if name in variables}
        self._heard: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        hearing = (asyncio.get_running_loop(), _pipe(self.process.stdout))
        self._listener = threading.Thread(target=self._listen, args=hearing, daemon=True)
        self._listener.start()

    async def load(self) -> None:
        """Wait until everything is loaded.

        Raises:
            EndedError: it ended before.
        """
        await self._hear()

    async def become(self, order: Order) -> subprocess.Popen[bytes]:
        """The same process as a kernel that answers. If this raises, the process has ended.

        Raises:
            EndedError: it did not become one.
            OSError: it could not be told.
        """
        self.gone.set()
        try:
            # Not here: a process that is held does not read, and a pipe is soon full.
            await asyncio.to_thread(self._tell, order)
            await self._hear()
        except BaseException:
            self.end()
            raise
        return self.process

    def end(self) -> None:
        """End it at once. It has nothing to lose."""
        self.process.kill()
        self.process.wait()
        # A thread that still reads when Python ends would spoil that end.
        self._listener.join(_PATIENCE_S)
        with suppress(OSError):
            _pipe(self.process.stdin).close()

    def _tell(self, order: Order) -> None:
        line = json.dumps(
            {
                "command": list(order.command),
                "environment": {**order.environment, **self._given},
                "folder": order.folder,
                "errors": os.fsdecode(order.errors.name),
            }
        )
        # It finds the end of its input behind the order, as an ordinary kernel does.
        with _pipe(self.process.stdin) as pipe:
            pipe.write(line.encode() + b"\n")

    async def _hear(self) -> None:
        if await self._heard.get() is None:
            raise EndedError(f"process {self.process.pid} ended")

    def _listen(self, loop: asyncio.AbstractEventLoop, pipe: IO[bytes]) -> None:
        with pipe, suppress(RuntimeError):  # the host has ended, and its loop with it
            for line in pipe:
                loop.call_soon_threadsafe(self._heard.put_nowait, _message(line))
            loop.call_soon_threadsafe(self._heard.put_nowait, None)
            loop.call_soon_threadsafe(self.gone.set)


def _message(line: bytes) -> dict[str, Any] | None:
    """None: it is not what a process of ours says, and no more is to be expected of it."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("a process of the pool was started without pipes")
    return pipe
