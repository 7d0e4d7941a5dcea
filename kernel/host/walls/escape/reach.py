"""The host within a learner's reach: where it connects, what it believes, keeps open and counts."""

from __future__ import annotations

import json
import os
import socket
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from jupyter_client.session import DELIM, Session

from host.walls.escape.deputy import (
    HELD,
    MESSAGES,
    MISUSED,
    OUTPUT,
    RECORDED,
    REFUSED,
    WORDS,
)
from host.walls.escape.probe import Attempt, BlockedError, secret_in
from host.walls.escape.raw import call
from host.walls.escape.stage import SECRET, Stage

_SECONDS = 2.0
_MUCH = 4 * 2**20
_ERRORS = 2


def lead_host_to_other_socket(stage: Stage) -> str:
    """It connects again when a connection breaks, by the name it knows."""
    with _visited(stage, OUTPUT) as (place, link):
        place.unlink()
        place.symlink_to(stage.host / "k" / "bo" / "s" / "k-1")
        link.close()
    return secret_in(_told(OUTPUT, SECRET, REFUSED))


def speak_unsigned(stage: Stage) -> str:
    _, _, *parts = _message(Session(key=b""))
    return _said(stage, 0, [DELIM, b"", *parts])


def speak_with_false_signature(stage: Stage) -> str:
    _, _, *parts = _message(Session(key=b""))
    return _said(stage, 1, [DELIM, b"0" * 64, *parts])


def repeat_words_of_other_kernel(stage: Stage) -> str:
    """A message that another kernel has signed, as it came from there."""
    return _said(stage, 2, _message(Session(key=b"the key of bo's kernel")))


def speak_without_form(stage: Stage) -> str:
    return _said(stage, 3, [b"topic", DELIM])


def steal_file_of_first_process(_stage: Stage) -> str:
    """Its standard error, as the host has opened it."""
    return _written(call("pidfd_getfd", os.pidfd_open(1), _ERRORS, 0))


def open_file_of_host_again(_stage: Stage) -> str:
    """One that was given to this process or to the first one, from its start and to write."""
    for pid in ("self", "1"):
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            with suppress(FileNotFoundError):
                if stat.S_ISREG(os.stat(path).st_mode) and os.readlink(path).endswith("/stderr"):
                    return _written(os.open(path, os.O_RDWR))
    raise BlockedError("no file of the host's is open here")


def fill_folder_of_sockets(stage: Stage) -> str:
    place = Path(stage.run) / "s" / "kept"
    place.write_bytes(bytes(_MUCH))
    try:
        return _unseen(MISUSED)
    finally:
        place.unlink()


def fill_without_names(_stage: Stage) -> str:
    place = Path.home() / "nameless"
    with place.open("wb") as file:
        place.unlink()
        file.write(bytes(_MUCH))
        file.flush()
        return _unseen(HELD)


@contextmanager
def _visited(stage: Stage, number: int) -> Iterator[tuple[Path, socket.socket]]:
    """A socket among the kernel's own, and the host's connection to it."""
    place = Path(stage.run) / "s" / f"k-{number}"
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        server.settimeout(_SECONDS)
        link, _ = server.accept()
        with link:
            yield place, link


def _message(session: Session) -> list[bytes]:
    message = session.msg("stream", {"name": "stdout", "text": "it was me"})
    return list(session.serialize(message))


def _said(stage: Stage, which: int, parts: Sequence[bytes]) -> str:
    number = MESSAGES[which]
    with _visited(stage, number) as (_, link):
        link.sendall(json.dumps([part.hex() for part in parts]).encode())
        said = _told(number, RECORDED, REFUSED)
    if RECORDED not in said:
        raise BlockedError("it was left out")
    return said


def _written(file: int) -> str:
    with os.fdopen(file, "wb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise BlockedError("it is no file")
        opened.write(b"written")
    return "written"


def _unseen(word: str) -> str:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if word in _words():
            raise BlockedError("it was seen")
        time.sleep(0.05)
    return f"{_MUCH} bytes that nobody counts"


def _told(number: int, *words: str) -> str:
    """The first line about a socket with one of these words."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        for line in _words():
            if line.startswith(f"{number} ") and any(word in line for word in words):
                return line
        time.sleep(0.05)
    raise BlockedError("the host said nothing")


def _words() -> list[str]:
    path = Path.home() / WORDS
    return path.read_text(errors="replace").splitlines() if path.exists() else []


PROBES: tuple[Attempt, ...] = (
    lead_host_to_other_socket,
    speak_unsigned,
    speak_with_false_signature,
    repeat_words_of_other_kernel,
    speak_without_form,
    steal_file_of_first_process,
    open_file_of_host_again,
    fill_folder_of_sockets,
    fill_without_names,
)
