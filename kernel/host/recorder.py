"""Listens to one kernel for as long as it lives and puts everything it says on the tape.

`connect` opens the four channels and asks the new process for its info until both an answer and a
message on iopub have come back: only then is it certain that no output can be missed, and what the
web process sent in the meantime goes out. `disconnect` empties the channels and closes them; after
a restart `connect` opens new ones, so nothing meant for the old process reaches the new one. The
numbers on the tape go on.

Knows nothing of WebSockets, processes or HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_client.session import Session

from host.tape import Tape
from host.wire import frame

CHANNELS = ("iopub", "shell", "stdin", "control")
DIED = "tuningfork_died"
_log = logging.getLogger(__name__)


class KernelSilentError(Exception):
    """The kernel process ended, or did not answer in time."""


class Recorder:
    """The channels of one kernel and its tape."""

    def __init__(self, tape: Tape, on_state: Callable[[str], None]) -> None:
        self.tape = tape
        self._on_state = on_state
        self._session = Session()
        # zmq streams; Jupyter's own types know only bare sockets here.
        self._streams: dict[str, Any] = {}
        self._held: list[tuple[str, list[bytes]]] = []
        self._ready: asyncio.Future[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._heard: set[str] = set()
        self._paused = False
        self.listeners: set[Callable[[], None]] = set()
        """Called after each append."""

    def connect(self, manager: Any) -> None:
        """Open the channels to the process that `manager` has just launched."""
        self._session.key = manager.session.key
        identity = self._session.bsession
        for channel in CHANNELS:
            stream = getattr(manager, f"connect_{channel}")(identity=identity)
            self._streams[channel] = stream
            stream.on_recv(partial(self._receive, channel))
        self._heard = set()
        self._ready = asyncio.get_running_loop().create_future()
        self._asking = asyncio.create_task(self._ask_until_ready())

    async def ready(self, timeout: float) -> None:
        """Wait until the process answers.

        Raises:
            KernelSilentError: it ended first, or `timeout` seconds went by.
        """
        if self._ready is None:
            raise KernelSilentError("The kernel has ended.")
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), timeout)
        except TimeoutError as error:
            raise KernelSilentError(f"The kernel did not answer in {timeout:g} s.") from error
        except asyncio.CancelledError as error:
            raise KernelSilentError("The kernel ended before it could answer.") from error

    def send(self, channel: str, parts: list[bytes]) -> None:
        """Pass a message on to the kernel; hold it back while the kernel is starting."""
        if self._ready is None:
            _log.warning("A message for a kernel that has ended was dropped.")
        elif not self._ready.done():
            self._held.append((channel, parts))
        elif channel in self._streams:
            self._session.send_raw(self._streams[channel], parts)

    async def disconnect(self) -> None:
        """After the process ended: record what is still under way, then close the channels."""
        self._stop_asking()
        self._listen()
        # What the process sent has left it; give zmq's own thread a moment to take it in.
        await asyncio.sleep(0.05)
        for stream in self._streams.values():
            stream.flush()
            stream.close()
        self._streams = {}
        self._held = []

    def note_death(self, facts: dict[str, object]) -> None:
        """Put a message of our own on the tape."""
        message = self._session.msg(DIED, content=facts)
        parts = [
            self._session.pack(message[part])
            for part in ("header", "parent_header", "metadata", "content")
        ]
        self._append("iopub", parts)

    def forget(self, upto: int) -> None:
        """The web process has kept everything up to this number."""
        self.tape.forget(upto)
        if self._paused and not self.tape.full:
            self._listen()

    def _listen(self) -> None:
        if self._paused:
            self._paused = False
            self._streams["iopub"].on_recv(partial(self._receive, "iopub"))

    def _pause(self) -> None:
        _log.warning("The tape is full; the kernel waits until the web process has read some.")
        self._paused = True
        self._streams["iopub"].stop_on_recv()

    def _receive(self, channel: str, message: list[Any]) -> None:
        signed: list[Any] = self._session.feed_identities(message)[1]
        parts: list[bytes] = signed[1:]
        header, parent = parts[0], parts[1]
        if self._session.bsession in parent or b'"iopub_welcome"' in header:
            self._note_answer(channel, parent)
            return
        if channel == "iopub" and b'"status"' in header:
            self._on_state(str(self._session.unpack(parts[3]).get("execution_state", "")))
        self._append(channel, parts)
        if self.tape.full and not self._paused and "iopub" in self._streams:
            self._pause()

    def _append(self, channel: str, parts: list[bytes]) -> None:
        self.tape.append(frame(channel, parts, self.tape.last + 1))
        for listener in tuple(self.listeners):
            listener()

    async def _ask_until_ready(self) -> None:
        while True:
            self._session.send(self._streams["shell"], "kernel_info_request")
            await asyncio.sleep(0.1 if self._heard else 0.3)

    def _note_answer(self, channel: str, parent: bytes) -> None:
        if b"kernel_info_request" in parent:
            self._heard.add(channel)
        if self._heard >= {"shell", "iopub"} and self._ready and not self._ready.done():
            if self._asking:
                self._asking.cancel()
            self._ready.set_result(None)
            for channel_held, parts in self._held:
                self._session.send_raw(self._streams[channel_held], parts)
            self._held = []
            self._on_state("idle")

    def _stop_asking(self) -> None:
        if self._asking:
            self._asking.cancel()
        if self._ready and not self._ready.done():
            self._ready.cancel()
        self._ready = None
