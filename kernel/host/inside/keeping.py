"""Everything this kernel sends goes through here: it is numbered, kept, and given to the next host.

The number travels in front of the message, where an address may be: the host takes it off. A
request that comes a second time is not run a second time, because whoever sent it cannot know
whether the first one arrived before a host was killed.

A question goes the way of the output, so that it comes after what was printed before it: of two
sockets a host hears one or the other first. Whoever else is connected gets it as usual.

Private names of ipykernel: `_really_send` of the iopub thread, through which all output passes,
that of worker processes too; the stream of the shell channel; the socket for questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import zmq
from ipykernel.iostream import MASTER
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import DELIM

from host.adopt.counts import Counts, CountsFile
from host.inside.alone import Company
from host.inside.ring import Ring
from host.inside.seen import Seen
from host.wire import LARGEST, too_large

MARK = b"#"
RECALL = "tuningfork_recall"
RECALLED = "tuningfork_recall_reply"


def keep_messages(company: Company, recorded: Callable[[], Counts] | None) -> None:
    """From now on. Called before the kernel's first request."""
    app = IPKernelApp.instance()
    ring = Ring(recorded)
    if recorded is not None:
        _keep_all_under_way(app)
    _number_output(app.iopub_thread, ring, company, app.kernel.session)
    _number_replies(app.kernel.shell_stream, ring)
    _ask_in_order(app.kernel.stdin_socket, app.iopub_thread)
    app.kernel.should_handle = Once()
    app.kernel.control_handlers[RECALL] = partial(_answer, app.kernel, ring)


def _keep_all_under_way(app: Any) -> None:
    """A host takes few messages that it does not read yet. What the ring lets through must then
    wait here: by itself ZeroMQ drops what is more than a thousand."""
    app.iopub_thread.schedule(lambda: _without_bound(app.iopub_thread.socket))
    thread = app.shell_channel_thread
    if thread is None:
        _without_bound(app.shell_socket)
    else:
        thread.io_loop.add_callback(_without_bound, app.shell_socket)


def _without_bound(socket: Any) -> None:
    socket.setsockopt(zmq.SNDHWM, 0)


def find_counts() -> Callable[[], Counts] | None:
    """Tells how far the host has recorded; None where nobody says."""
    folder = Path(IPKernelApp.instance().abs_connection_file).parent
    try:
        return CountsFile(folder, write=False).read
    except OSError:
        return None


def _answer(kernel: Any, ring: Ring, stream: Any, identities: Any, message: Any) -> None:
    """Everything after the numbers that the host names: which, and then their parts in a row."""
    kept = ring.after(message["content"]["after"])
    content = {"status": "ok", "kept": [[one.channel, one.number, len(one.parts)] for one in kept]}
    parts = [part for one in kept for part in one.parts]
    kernel.session.send(stream, RECALLED, content, message, ident=identities, buffers=parts)
    # ipykernel now waits for all output to have left, which may be waiting for this answer.
    stream.flush(zmq.POLLOUT)


def _number_output(thread: Any, ring: Ring, company: Company, session: Any) -> None:
    plain = thread._really_send

    def send(message: Sequence[Any], *arguments: Any, **options: Any) -> None:
        if thread.closed or thread._check_mp_mode() != MASTER:
            plain(message, *arguments, **options)
            return
        address, parts = _split(message)
        size = sum(map(len, parts))
        if size > LARGEST:
            parts = _in_place_of(parts, session, too_large(size))
        number = ring.keep("iopub", parts, meanwhile=company.look)
        plain([*address, MARK + b"%d" % number, *parts], *arguments, **options)

    thread._really_send = send


def _in_place_of(parts: Sequence[bytes], session: Any, words: str) -> list[bytes]:
    """A host would not read it to its end."""
    message = session.msg("stream", {"name": "stderr", "text": words})
    said = [session.pack(message["header"]), parts[3], b"{}", session.pack(message["content"])]
    return [DELIM, session.sign(said), *said]


def _number_replies(stream: Any, ring: Ring) -> None:
    plain: Callable[..., Any] = stream.send_multipart

    def send(message: Sequence[Any], *arguments: Any, **options: Any) -> Any:
        address, parts = _split(message)
        number = ring.keep("shell", parts)
        return plain([*address, MARK + b"%d" % number, *parts], *arguments, **options)

    stream.send_multipart = send


def _ask_in_order(questions: Any, output: Any) -> None:
    plain: Callable[..., Any] = questions.send_multipart

    def send(message: Sequence[Any], *arguments: Any, **options: Any) -> Any:
        _, parts = _split(message)
        output.send_multipart([b"input_request", *parts])
        return plain(message, *arguments, **options)

    questions.send_multipart = send


def _split(message: Sequence[Any]) -> tuple[list[bytes], list[bytes]]:
    plain = [_bytes(part) for part in message]
    at = plain.index(DELIM)
    return plain[:at], plain[at:]


def _bytes(part: Any) -> bytes:
    return part if isinstance(part, bytes) else bytes(getattr(part, "buffer", part))


class Once:
    """Says of each request whether it is to be carried out: an execution is, once."""

    def __init__(self) -> None:
        self._seen = Seen()

    def __call__(self, _stream: Any, message: Any, _identities: Any) -> bool:
        header = message["header"]
        return header["msg_type"] != "execute_request" or self._seen.is_new(header["msg_id"])
