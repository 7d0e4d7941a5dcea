"""Messages of one kernel as they come from its sockets: opened if they are signed with its key.

Every kernel has a key of its own, which the host gave it. What is signed with another, or not at
all, is not from that kernel, whatever socket it came through; so the signature is looked at before
anything is read. What a kernel has signed may still be anything, since a learner's code runs there:
what has not the form of a message is refused as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hmac import compare_digest

from jupyter_client.session import DELIM, Session

from host.adopt.counts import COUNTED

_MARK = b"#"
_MOST_ADDRESSES = 8
_MOST_NUMBER = 2**53
_LONGEST = 2**17
"""Bytes of a header, of a parent's header, of metadata."""
_NOTHING = b"{}"
HOSTS_OWN = ("tuningfork_died", "tuningfork_rest")
"""Kinds of messages that the host alone puts on a tape."""

Opened = tuple[int, list[bytes]]
"""Number of the message, 0 if it has none; header, parent, metadata, content and what follows."""


class RefusedError(ValueError):
    """It is no message of this kernel; the text says why."""


def open_message(session: Session, message: Sequence[bytes]) -> Opened:
    """One message, from the sockets of the kernel that has this session's key.

    Raises:
        RefusedError: it is not.
    """
    addresses, signed = _divided(message)
    return _number_of(addresses), _checked(session, signed)


def open_recalled(
    session: Session, kept: object, parts: Sequence[bytes]
) -> Iterator[tuple[str, Opened]]:
    """Channels and messages that a kernel gave when it was asked for what was missed.

    Args:
        kept: channel, number and count of parts of each.
        parts: those of all, in a row. They came with an answer, which does not sign them.

    Raises:
        RefusedError: one of them is not a message of this kernel. Those before it are good.
    """
    start = 0
    for one in kept if isinstance(kept, list) else ():
        channel, number, count = _described(one)
        _, signed = _divided(parts[start : start + count])
        yield channel, (number, _checked(session, signed))
        start += count


def _divided(message: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """What comes before the mark where addresses end, and what comes after it."""
    for at, part in enumerate(message[: _MOST_ADDRESSES + 1]):
        if part == DELIM:
            return message[:at], message[at + 1 :]
    raise RefusedError("it has no mark where addresses end")


def _checked(session: Session, signed: Sequence[bytes]) -> list[bytes]:
    if session.auth is None:
        raise RefusedError("there is no key to check it with")
    if len(signed) < 5:
        raise RefusedError(f"it has {len(signed)} parts")
    signature, *parts = signed
    if not compare_digest(signature, session.sign(parts[:4])):
        raise RefusedError("it is not signed with the key of this kernel")
    header, *_ = [_object_in(part) for part in parts[:3]]
    kind = header.get("msg_type")
    if not isinstance(kind, str) or kind in HOSTS_OWN:
        raise RefusedError(f"its header names no kind that a kernel may send: {str(kind)[:80]!r}")
    return parts


def _object_in(part: bytes) -> dict[str, object]:
    if part == _NOTHING:
        return {}
    if len(part) > _LONGEST:
        raise RefusedError(f"a header of it has {len(part)} bytes")
    try:
        # As text: of bytes Python would guess the encoding, and whoever reads the frame does not.
        found = json.loads(part.decode())
    except (ValueError, RecursionError) as error:
        raise RefusedError("a header of it is no JSON") from error
    if not isinstance(found, dict):
        raise RefusedError("a header of it is no JSON object")
    return found


def _number_of(addresses: Sequence[bytes]) -> int:
    """The number that travels in front of a message."""
    mark = addresses[-1] if addresses else b""
    return _number(mark[1:]) if mark[:1] == _MARK else 0


def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > len(str(_MOST_NUMBER)) or int(text) > _MOST_NUMBER:
        raise RefusedError("its number is none")
    return int(text)


def _described(one: object) -> tuple[str, int, int]:
    if not isinstance(one, list) or len(one) != 3 or one[0] not in COUNTED:
        raise RefusedError("it is not said what it is")
    number, count = (_number(b"%d" % n if isinstance(n, int) else b"") for n in one[1:])
    return str(one[0]), number, count
