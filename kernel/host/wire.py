"""Messages as they travel to the web process: Jupyter's v1 WebSocket frames with a tape number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

PROTOCOL = "v1.kernel.websocket.jupyter.org"
LARGEST = 64 * 2**20
"""Bytes of a message. Prints are sent in small pieces, and the page shows far less of the rest."""
_TOO_LARGE = (
    "[An output of {} MB is too large to be shown and was left out. Save it to a file from the "
    "cell, or show a smaller part.]\n"
)


def pieces_of(json_text: bytes) -> int:
    """At most so many values are in it. What looks like one in a string counts as well."""
    return sum(map(json_text.count, (b",", b"[", b"{")))


def too_large(size: int) -> str:
    """What the learner reads in place of a message of so many bytes."""
    return _TOO_LARGE.format(size // 2**20)


def frame(channel: str, parts: Sequence[bytes], tape: int, sent: int = 0) -> bytes:
    """One binary frame.

    Args:
        channel: ``iopub``, ``shell``, ``stdin`` or ``control``.
        parts: header, parent header, metadata, content (each JSON), then raw buffers.
        tape: the number to put into ``metadata.tape``.
        sent: the kernel's own number, for ``metadata.sent``; 0: it has none.
    """
    header, parent, metadata, content, *buffers = parts
    numbered = (header, parent, _with_numbers(metadata, tape, sent), content, *buffers)
    return _join(channel.encode(), numbered)


def parts_of(message: bytes) -> tuple[str, list[bytes]]:
    """Channel and parts of a frame that came in.

    Raises:
        ValueError: the frame is cut short or its table of offsets is nonsense.
    """
    count = int.from_bytes(message[:8], "little")
    if not 6 <= count <= 1024 or len(message) < 8 * (count + 1):
        raise ValueError("not a kernel message frame")
    offsets = [int.from_bytes(message[8 * i : 8 * (i + 1)], "little") for i in range(1, count + 1)]
    if offsets != sorted(offsets) or offsets[-1] != len(message):
        raise ValueError("kernel message frame with broken offsets")
    pieces = [message[a:b] for a, b in pairwise(offsets)]
    return pieces[0].decode(), pieces[1:]


def sent_of(message: bytes) -> tuple[str, int]:
    """Channel of a frame, and the number that the kernel gave it there; 0: none.

    Raises:
        ValueError: it is no frame.
    """
    channel, (_header, _parent, metadata, *_rest) = parts_of(message)
    return channel, int(json.loads(metadata).get("sent", 0))


def _with_numbers(metadata: bytes, tape: int, sent: int) -> bytes:
    body = metadata.strip()[1:-1]
    numbers = b'"tape":%d,"sent":%d' % (tape, sent) if sent else b'"tape":%d' % tape
    # Last: of two with one name the last one counts, and a kernel may have put its own there.
    return b"{%s%s%s}" % (body, b"," if body.strip() else b"", numbers)


def _join(channel: bytes, parts: Sequence[bytes]) -> bytes:
    offsets = [8 * (len(parts) + 3)]
    for piece in (channel, *parts):
        offsets.append(offsets[-1] + len(piece))
    words = [len(offsets), *offsets]
    return b"".join([*(word.to_bytes(8, "little") for word in words), channel, *parts])
