"""What the provisioner may ask of whoever has kernels ready.

That is a template that forks (supervisor.py), or, where processes cannot be forked, a pool of
processes that have loaded everything and wait for one order each (pool/pool.py).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Literal, Protocol

from host.fork.process import ForkedProcess
from host.walls.process import WalledProcess
from host.walls.room import Room

Reason = Literal[
    "off", "system", "walls", "memory", "loading", "changed", "environment", "command", "failed"
]
"""Why a kernel was started the ordinary way:

- ``off``: switched off by ``TUNINGFORK_FORK=0`` or ``TUNINGFORK_POOL=0``.
- ``system``: this Linux does not let the host adopt what is forked.
- ``walls``: a kernel of the pool cannot be walled in.
- ``memory``: there was none to load the libraries in advance.
- ``loading``: the template is not ready yet, or no process of the pool.
- ``changed``: packages were installed or removed since the libraries were loaded.
- ``environment``: a variable that libraries read while they load is another one.
- ``command``: the kernel is not ipykernel.
- ``failed``: the template, the fork or the waiting process failed; the host's log says how.
"""
Kind = Literal["template", "pool"]
Way = Literal["forked", "pooled"]
"""How a kernel came from what was loaded in advance."""


@dataclass(frozen=True)
class Order:
    """One kernel, as `subprocess.Popen` would be told about it."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    errors: IO[bytes]
    """Where the process's file descriptor 2 goes; 0 and 1 go nowhere."""
    room: Room | None = None
    """What it is walled in by; a kernel that has one gets into it or does not begin."""


class NotReadyError(Exception):
    """No kernel from here; it has to be started the ordinary way."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


@dataclass(frozen=True)
class Standing:
    """Whether kernels are ready to be had."""

    pid: int | None = None
    """Process id of the template that forks, or of the process that waits, if there is one now."""
    why_not: Reason | None = None
    """Why a kernel asked for now would start the ordinary way."""
    kind: Kind = "template"
    others: tuple[int, ...] = ()
    """Process ids of the others that wait or are being loaded: they hold memory as well."""


ReadyProcess = subprocess.Popen[bytes] | ForkedProcess
"""One that waited in the pool is an ordinary process of the host's."""


class Starter(Protocol):
    """Whoever has kernels ready."""

    async def start(self, order: Order) -> ReadyProcess:
        """A kernel process that can be spoken to.

        Raises:
            NotReadyError: there is none.
        """

    @property
    def standing(self) -> Standing:
        """How it stands at this moment."""

    def begin(self) -> None:
        """Called once, when the host's loop runs and it has said where it listens."""

    def end(self) -> None:
        """Called when the host stops. Kernels are not touched."""


class NoStarter:
    """Has nothing ready, ever."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self._reason: Reason = reason
        self._detail = detail

    async def start(self, order: Order) -> ReadyProcess:
        """Always refuses."""
        detail = f"{self._detail}, in {order.folder}"
        raise NotReadyError(self._reason, detail)

    @property
    def standing(self) -> Standing:
        """Never ready."""
        return Standing(why_not=self._reason)

    def begin(self) -> None:
        """Nothing to begin."""

    def end(self) -> None:
        """Nothing to end."""


Process = subprocess.Popen[bytes] | ForkedProcess | WalledProcess
