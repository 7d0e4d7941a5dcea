"""Whether a host listens to this kernel, and what happens when none does for long.

A kernel outlives its host: the next one takes it over. Jupyter's own watch ends a kernel as soon as
its parent has gone; this one takes its place. A host listens when it has subscribed to the
output, which is known here at once, behind walls too, and does not depend on numbers of processes.
After `WAIT_S` alone the kernel ends itself, so that none is left behind; a training saves first.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp

from host.adopt.counts import Counts

VARIABLE = "TUNINGFORK_HOST_WAIT_S"
WAIT_S = 600.0
_SAVING_S = 60.0
"""A training that was asked to end has so long for its checkpoint."""
_SUBSCRIBED = 1


class Company:
    """Whether somebody subscribes to the output."""

    def __init__(self, thread: Any, recorded: Callable[[], Counts] | None) -> None:
        """
        Args:
            thread: ipykernel's, which owns the socket.
            recorded: how far the host has recorded; None where nobody says.
        """
        self._thread = thread
        self._recorded = recorded
        self._hear: Any = thread._handle_subscription
        self._alone_since: float | None = time.monotonic()
        self._came_before = True
        """A host may have subscribed before this was there to notice."""
        thread.schedule(lambda: thread._xpub_stream.on_recv(self._heard))

    @property
    def alone_for(self) -> float:
        """Seconds since the last one went; 0 while there is one."""
        if self._came_before and self._recorded and self._recorded().iopub:
            self._came_before, self._alone_since = False, None
        since = self._alone_since
        return 0.0 if since is None else time.monotonic() - since

    def look(self) -> None:
        """On the thread of the output, while that cannot go on with anything else."""
        socket = self._thread.socket
        while socket is not None and socket.poll(0, zmq.POLLIN):
            self._heard(socket.recv_multipart())

    def _heard(self, frames: list[bytes]) -> None:
        self._came_before = False
        subscribed = any(frame[:1] == bytes([_SUBSCRIBED]) for frame in frames)
        self._alone_since = None if subscribed else time.monotonic()
        self._hear(frames)


class Watch(threading.Thread):
    """Ends the kernel when it was alone for long. Has the form of ipykernel's own."""

    def __init__(self, company: Company, wait: float) -> None:
        super().__init__(name="host watch", daemon=True)
        self._company = company
        self._wait = wait

    def run(self) -> None:
        while self._company.alone_for < self._wait:
            time.sleep(min(1.0, self._wait / 4))
        leave()


def watch_for_host(recorded: Callable[[], Counts] | None) -> Company:
    """In place of ipykernel's watch over its parent. Not for Windows, where that one stays."""
    app = IPKernelApp.instance()
    company = Company(app.iopub_thread, recorded)
    if sys.platform != "win32":
        app.poller = Watch(company, float(os.environ.get(VARIABLE) or WAIT_S))
    return company


def leave() -> None:
    """End this process and what it has started; a training ends after its step, and saves."""
    print("No kernel host came: this kernel ends.", file=sys.__stderr__, flush=True)
    if signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_SAVING_S)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
