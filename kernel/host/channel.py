"""The WebSocket between the web process and one kernel's tape.

Opened with `?after=N` it sends every frame after N, then goes on live. A text frame `{"ack": N}`
lets the tape forget; a binary frame is a message for the kernel. There is one listener at a time:
a new one takes over from an old one, which is what a restarted web process needs.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web
from tornado.websocket import WebSocketClosedError

from host.recorder import CHANNELS, Recorder
from host.tape import ForgottenError
from host.wire import PROTOCOL, parts_of

REPLACED = 4001
FORGOTTEN = 4002
GONE = 4004
_BATCH = 256 * 1024


class TapeConnection(ZMQChannelsWebsocketConnection):
    """Replaces Jupyter's connection, its buffering and its rate limits."""

    _current: ClassVar[dict[str, TapeConnection]] = {}
    _pumping: asyncio.Task[None] | None = None
    _sent = 0

    @property
    def recorder(self) -> Recorder:
        recorder: Recorder = self.kernel_manager.recorder
        return recorder

    async def prepare(self) -> None:
        """Before the upgrade: read where to start. A dead kernel's tape can be read as well."""
        self._sent = _number(self.websocket_handler.get_argument("after", "0"))

    def connect(self) -> Any:
        """After the upgrade: take over and start sending."""
        self._take_over()
        if self.subprotocol != PROTOCOL:
            self.websocket_handler.close(1002, f"use the protocol {PROTOCOL}")
            return asyncio.sleep(0)
        self.websocket_handler.set_nodelay(True)
        self._pumping = asyncio.create_task(self._pump())
        self._pumping.add_done_callback(self._pump_ended)
        # Jupyter waits for what it gets here; there is nothing to wait for.
        return asyncio.sleep(0)

    def disconnect(self) -> Any:
        """After the close. The tape goes on without us."""
        self.multi_kernel_manager.notify_disconnect(self.kernel_id)
        if self._pumping:
            self._pumping.cancel()
        if self._current.get(self.kernel_id) is self:
            del self._current[self.kernel_id]

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """A message for the kernel, or a word about the tape."""
        try:
            if isinstance(incoming_msg, str):
                self.recorder.forget(_number(json.loads(incoming_msg)["ack"]))
            else:
                self._pass_on(incoming_msg)
        except (ValueError, KeyError, TypeError, web.HTTPError) as error:
            self.log.error("A frame from the web process could not be read: %s", error)
            self.websocket_handler.close(1007, "frame could not be read")

    @classmethod
    async def close_all(cls) -> None:
        """Jupyter's hook when the host stops."""
        for connection in tuple(cls._current.values()):
            connection.websocket_handler.close(1001, "the kernel host stops")

    def _pass_on(self, message: bytes) -> None:
        channel, parts = parts_of(message)
        if channel not in CHANNELS:
            raise ValueError(f"no channel {channel!r}")
        self.kernel_manager.rest.use()
        self.recorder.send(channel, parts)

    def _take_over(self) -> None:
        self.multi_kernel_manager.notify_connect(self.kernel_id)
        self.kernel_manager.account.note(claimed=True)
        old = self._current.get(self.kernel_id)
        self._current[self.kernel_id] = self
        if old:
            old.websocket_handler.close(REPLACED, "another web process reads this kernel now")

    async def _pump(self) -> None:
        more = asyncio.Event()
        recorder = self.recorder
        recorder.listeners.add(more.set)
        try:
            while self.kernel_id in self.multi_kernel_manager:
                more.clear()
                frames = recorder.tape.read(self._sent, _BATCH)
                await self._send(frames)
                if not frames:
                    await more.wait()
            self.websocket_handler.close(GONE, "the kernel was shut down")
        except ForgottenError:
            self.websocket_handler.close(FORGOTTEN, "these messages were acknowledged and dropped")
        except WebSocketClosedError:
            self.log.info("The web process left the tape of %s at %d.", self.kernel_id, self._sent)
        finally:
            recorder.listeners.discard(more.set)

    def _pump_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error:
            self.log.error("The tape of %s could not be sent.", self.kernel_id, exc_info=error)
            self.websocket_handler.close(1011, "the tape could not be read")

    async def _send(self, frames: list[bytes]) -> None:
        # Waiting for each batch keeps what a slow reader has not taken on the tape, not in memory.
        written = [self.websocket_handler.write_message(frame, binary=True) for frame in frames]
        for result in await asyncio.gather(*written, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
        self._sent += len(frames)


def _number(value: Any) -> int:
    number = int(value)
    if number < 0:
        raise ValueError("tape numbers start at 1")
    return number
