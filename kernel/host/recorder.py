"""Listens to one kernel for as long as it lives and puts everything it says on the tape.

`connect` opens the four channels and asks the new process for its info until both an answer and a
message on iopub have come back: only then is it certain that no output can be missed, and what the
web process sent in the meantime goes out. `disconnect` empties the channels and closes them; after
a restart `connect` opens new ones, so nothing meant for the old process reaches the new one. The
numbers on the tape go on.

`adopt` opens them to a process that another host has started, and asks it for what that host had
not recorded (adopt/intake.py).

A kernel that says more than it may, or more than the tape holds, is not listened to for a while
(flow.py): it waits in its print. What is not signed by this kernel (envelope.py), or cannot be
recorded, is left out: no message ends more than itself. Knows nothing of WebSockets, processes or
HTTP.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from jupyter_client.session import Session

from host.adopt.counts import COUNTED, Counts, CountsFile
from host.adopt.intake import Intake
from host.envelope import Opened, RefusedError, open_message, open_recalled
from host.flow import Flow
from host.questions import Questions
from host.tape import Tape
from host.wire import LARGEST, frame, pieces_of, sent_of, too_large

CHANNELS = ("iopub", "shell", "stdin", "control")
DIED = "tuningfork_died"
REQUEST = "tuningfork_request"
RECALL = "tuningfork_recall"
_GREETED_S = 1.0
_MOST_PIECES = 1_000_000
"""Of a content. The web process, which serves everybody, stands still while it takes them apart: at
this many for less than a second."""
_LONGEST_STATE = 1000
"""Bytes of what says it. Taken apart here, a large one would hold up all other kernels."""
_STATES = ("busy", "idle", "starting")
"""Those that a kernel may say that it is in; what it says besides is for nobody here."""
_MOST_PARTS = 1000
"""A frame has one more part, and 1024 at most (wire.py). An answer to this host may have more."""
_log = logging.getLogger(__name__)


class KernelSilentError(Exception):
    """The kernel process ended, or did not answer in time."""


class Recorder:
    """The channels of one kernel and its tape."""

    def __init__(
        self,
        tape: Tape,
        on_state: Callable[[str], None],
        counts: CountsFile,
        session: str | None = None,
    ) -> None:
        """`session`: of the recorder that another host had for this kernel."""
        self.tape = tape
        self._on_state = on_state
        self._counts = counts
        self._intake = Intake(self._record_if_possible, self._tell_loss)
        self._session = Session(session=session) if session else Session()
        # zmq streams; Jupyter's own types know only bare sockets here.
        self._streams: dict[str, Any] = {}
        self._held: list[tuple[str, list[bytes]]] = []
        self._ready: asyncio.Future[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._heard: set[str] = set()
        self._ends = False
        self._questions = Questions(self._session)
        self.refused = 0
        """How many messages were left out since the process began."""
        self.flow = Flow(self._listen, self._deafen)
        """How much the kernel may say before it has to wait."""
        self.listeners: set[Callable[[], None]] = set()
        """Called after each append."""

    @property
    def session(self) -> str:
        """What the kernel knows this recorder by."""
        return str(self._session.session)

    def expect(self) -> None:
        """Another process is about to be launched: its messages are counted anew."""
        self._intake.begin()
        self._counts.write(Counts(self.tape.last))

    def connect(self, manager: Any) -> None:
        """Open the channels to the process that `manager` has just launched."""
        self._open(manager)
        self._asking = asyncio.create_task(self._ask_until_ready())

    def adopt(self, manager: Any) -> None:
        """Open them to a process that another host has launched; record what that one missed."""
        self._intake.resume(self._recorded())
        self._open(manager)
        self._asking = asyncio.create_task(self._catch_up())

    def _recorded(self) -> Counts:
        """The file, and what the other host put on the tape before it could say so there."""
        counts = self._counts.read()
        known = {channel: counts.of(channel) for channel in COUNTED}
        after = max(counts.tape, self.tape.forgotten)
        for message in self.tape.read(after, limit=2**30):
            channel, number = sent_of(message)
            known[channel] = number or known.get(channel, 0)
        return Counts(self.tape.last, known["iopub"], known["shell"], known["stdin"])

    def _open(self, manager: Any) -> None:
        self._session.key = manager.session.key
        identity = self._session.bsession
        self._ends, self.refused = False, 0
        self.flow.begin()
        for channel in CHANNELS:
            stream = getattr(manager, f"connect_{channel}")(identity=identity)
            self._streams[channel] = stream
            self._listen(channel)
        self._heard = set()
        self._ready = asyncio.get_running_loop().create_future()

    @property
    def answers(self) -> bool:
        """The process has answered, and has not ended."""
        return self._ready is not None and self._ready.done() and not self._ready.cancelled()

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

    async def ask(self, content: dict[str, object], timeout: float = 2.0) -> dict[str, Any] | None:
        """Ask the kernel something of our own, on its control channel.

        None: there was no answer within `timeout` seconds.
        """
        try:
            asked = self._questions.ask(self._streams["control"], REQUEST, content)
            return await asyncio.wait_for(asked, timeout)
        except TimeoutError:
            return None

    async def disconnect(self) -> None:
        """After the process ended: record what is still under way, then close the channels."""
        self._stop_asking()
        self._ends = True
        self.flow.end()
        # What the process sent has left it; give zmq's own thread a moment to take it in.
        await asyncio.sleep(0.05)
        for stream in self._streams.values():
            stream.flush()
            # Not a moment longer: what lingers connects to the next process under the same name,
            # delivers what was for this one, and the new socket is heard no more.
            stream.close(linger=0)
        self._intake.release()
        self._streams = {}
        self._held = []

    def note(self, kind: str, facts: dict[str, object]) -> None:
        """Put a message of our own on the tape."""
        message = self._session.msg(kind, content=facts)
        parts = [
            self._session.pack(message[part])
            for part in ("header", "parent_header", "metadata", "content")
        ]
        self._append("iopub", parts)
        self._confirm()

    def forget(self, upto: int) -> None:
        """The web process has kept everything up to this number."""
        self.tape.forget(upto)
        if not self.tape.full:
            self.flow.make_room()

    def hurry(self) -> None:
        """The kernel is interrupted: what it has said by now is not held up any more."""
        self.flow.hurry()

    def _listen(self, channel: str) -> None:
        self._streams[channel].on_recv(partial(self._receive, channel))

    def _deafen(self, channel: str) -> None:
        self._streams[channel].stop_on_recv()

    def _receive(self, channel: str, message: list[Any]) -> None:
        answered = self._questions.answered
        try:
            number, parts = open_message(self._session, message)
            self._intake.take(channel, number, parts)
        except RefusedError as error:
            self._leave_out(error)
        self._confirm()
        # Whatever became of it, it was work; but what was asked for.
        if self._questions.answered == answered and not self._ends:
            self.flow.heard(channel, sum(map(len, message)), full=self.tape.full)

    def _leave_out(self, error: Exception) -> None:
        """Said once for each process: one that means to could fill the log."""
        self.refused += 1
        if self.refused == 1:
            known = isinstance(error, RefusedError)
            _log.warning("A message was left out: %s.", error, exc_info=None if known else error)

    def _record_if_possible(self, channel: str, number: int, parts: list[bytes]) -> None:
        try:
            self._record(channel, number, parts)
        except Exception as error:
            # Whatever it was, what comes after it is to be heard.
            self._leave_out(error)

    def _record(self, channel: str, number: int, parts: list[bytes]) -> None:
        header, parent = parts[0], parts[1]
        if self._session.bsession in parent or b'"iopub_welcome"' in header:
            self._note_answer(channel, parent)
            self._questions.settle(parent, parts)
            return
        if channel == "stdin" and not number:
            # A question, which comes with the output too, in order (inside/keeping.py). Those of
            # kernels that are older than that have a number.
            return
        if channel == "iopub" and b'"status"' in header and len(parts[3]) <= _LONGEST_STATE:
            state = self._session.unpack(parts[3]).get("execution_state")
            if state in _STATES:
                self._on_state(state)
        size = sum(map(len, parts))
        if size > LARGEST or len(parts) > _MOST_PARTS or pieces_of(parts[3]) > _MOST_PIECES:
            self._say_instead(parts[1], too_large(size), number)
        else:
            self._append(channel, parts, number)

    async def _wait_for_output(self) -> None:
        deadline = time.monotonic() + _GREETED_S
        while not self._intake.live and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    def _tell_loss(self, missing: int, parts: list[bytes]) -> None:
        """Where messages are missing the learner reads so, in the cell that they were from."""
        _log.warning("%d messages of a kernel are missing.", missing)
        words = f"[{missing} messages of this cell are missing: they were lost or unreadable.]\n"
        self._say_instead(parts[1], words)

    def _say_instead(self, parent: bytes, words: str, number: int = 0) -> None:
        """In the cell that something was from which is not recorded."""
        message = self._session.msg("stream", content={"name": "stderr", "text": words})
        header, content = (self._session.pack(message[part]) for part in ("header", "content"))
        self._append("iopub", [header, parent, b"{}", content], number)

    def _append(self, channel: str, parts: list[bytes], number: int = 0) -> None:
        self.tape.append(frame(channel, parts, self.tape.last + 1, number))
        for listener in tuple(self.listeners):
            listener()

    def _confirm(self) -> None:
        """Let the kernel know what it need not keep any more."""
        self._counts.write(self._intake.counts(self.tape.last))

    async def _catch_up(self) -> None:
        """Ask for what was missed until nothing can have been missed any more."""
        # The kernel greets whoever subscribes. Asked sooner, one that waits for room to print would
        # go on before its output is heard.
        await self._wait_for_output()
        while True:
            live = self._intake.live
            after = dict(self._intake.after)
            answer = await self._questions.ask(self._streams["control"], RECALL, {"after": after})
            self._intake.recall(self._recalled(answer))
            self._confirm()
            if live:
                break
            await asyncio.sleep(0.02)
        self._intake.release()
        self._confirm()
        self._begin_sending()
        self._session.send(self._streams["shell"], "kernel_info_request")

    def _recalled(self, answer: dict[str, Any]) -> Iterator[tuple[str, Opened]]:
        try:
            yield from open_recalled(self._session, answer.get("kept"), answer["parts"])
        except RefusedError as error:
            self._leave_out(error)

    async def _ask_until_ready(self) -> None:
        while True:
            self._session.send(self._streams["shell"], "kernel_info_request")
            await asyncio.sleep(0.1 if self._heard else 0.3)

    def _note_answer(self, channel: str, parent: bytes) -> None:
        if b"kernel_info_request" in parent:
            self._heard.add(channel)
        if not self._heard >= {"shell", "iopub"} or self._ready is None:
            return
        if not self._ready.done() and self._asking:
            self._asking.cancel()
            self._begin_sending()
            self._on_state("idle")
        elif channel == "shell":
            # One that was adopted has come to its end of whatever it was at.
            self._on_state("idle")

    def _begin_sending(self) -> None:
        if self._ready and not self._ready.done():
            self._ready.set_result(None)
        for channel, parts in self._held:
            self._session.send_raw(self._streams[channel], parts)
        self._held = []

    def _stop_asking(self) -> None:
        if self._asking:
            self._asking.cancel()
        if self._ready and not self._ready.done():
            self._ready.cancel()
        self._ready = None
