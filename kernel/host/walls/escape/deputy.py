"""Does in the theatre what the host does within a learner's reach, by the host's own means.

It connects to sockets of the kernel, reads messages, and looks what is kept where. What came of it
is said in a file that the probes can read.

Without walls it does so without care, as one that trusts every name and every message.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

from jupyter_client.session import Session

from host.envelope import RefusedError, open_message
from host.errors import Errors
from host.unlinked import held_by
from host.walls.room import HOME, Room
from host.walls.sockets import Sockets, is_misused

WORDS = "deputy.txt"
OUTPUT = 8
MESSAGES = range(9, 13)
"""Numbers of the sockets to which it connects, beside Jupyter's own. One for each message: a socket
that it has spoken to is not replaced by another."""
REFUSED, MISUSED, HELD, RECORDED = "refused", "misused", "held", "recorded"
_LOOK_S = 0.02
_HEARS_S = 0.3
_HELD_MOST = 2**20


class Deputy(threading.Thread):
    """For one play."""

    def __init__(self, room: Room, roots: Iterable[int], *, careful: bool) -> None:
        """`roots`: the first process of the kernel's room, and the kernel."""
        super().__init__(daemon=True)
        self._room = room
        self._roots = tuple(roots)
        self._careful = careful
        self._errors = Errors(room.run)
        self._known = set[Path]()
        self._ended = threading.Event()

    def end(self) -> None:
        """After the play."""
        self._ended.set()
        self.join()
        self._errors.close()

    def run(self) -> None:
        """Until the end."""
        while not self._ended.wait(_LOOK_S):
            self._errors.hear()
            for number in (OUTPUT, *MESSAGES):
                self._connect(number)
            if self._careful:
                self._look()

    def _connect(self, number: int) -> None:
        path = self._path(number)
        if path is None:
            return
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_HEARS_S)
            try:
                link.connect(str(path))
            except OSError:
                if path in self._known:
                    self._say(f"{number} {REFUSED}")
                return
            self._known.add(path)
            try:
                said = link.recv(4096)
            except OSError:
                # It says nothing yet, or has gone.
                return
        self._say(f"{number} heard {said.decode(errors='replace')}")
        if number in MESSAGES and said:
            self._say(f"{number} {self._read(said)}")

    def _path(self, number: int) -> Path | None:
        name = f"k-{number}"
        path = (self._room.taken if self._careful else self._room.sockets) / name
        if self._careful and path not in self._known:
            Sockets(self._room, (number,)).take()
        return path if path.is_symlink() or path.exists() else None

    def _read(self, said: bytes) -> str:
        parts = [bytes.fromhex(part) for part in json.loads(said)]
        session = Session(key=self._key())
        try:
            if self._careful:
                open_message(session, parts)
            else:
                session.feed_identities(parts)
        except RefusedError:
            return REFUSED
        return RECORDED

    def _key(self) -> bytes:
        facts = json.loads(self._room.connection_file.read_text(encoding="utf-8"))
        return str(facts["key"]).encode()

    def _look(self) -> None:
        if is_misused(self._room.sockets):
            self._say(MISUSED)
        if held_by(self._roots, (HOME,)).size > _HELD_MOST:
            self._say(HELD)

    def _say(self, words: str) -> None:
        with (self._room.home / WORDS).open("a", encoding="utf-8") as file:
            file.write(f"{words}\n")
