"""The class that does not exist: its files, its sockets, its hosts and its processes."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from host.walls.escape.processes import MARK
from host.walls.escape.raw import call
from host.walls.escape.stage import (
    ABSTRACT,
    LAN,
    METADATA,
    NOTE,
    SECRET,
    SHARED_MEMORY,
    TEMPORARY_SOCKET,
)
from host.walls.escape.talk import KEY

_SET_ADDRESS = 0x8916
_AMBIENT, _CLEAR_ALL = 47, 4
_SESSION_KEYRING = -3
_CREATE = 0o1000
_WORDS = (SECRET + "\n").encode()
VICTIM = """
import ctypes, os, signal, sys, time
text = ctypes.create_string_buffer({secret!r}.encode(), 16)
os.chdir({home!r})
signal.signal(signal.SIGUSR1, lambda *_: open("signalled", "a").write("!"))
path = f"{{os.getpid()}}.tmp"
file = os.open(path, os.O_RDWR | os.O_CREAT)
os.write(file, {secret!r}.encode())
os.dup2(file, 9)
os.unlink(path)
print(ctypes.addressof(text), flush=True)
while True:
    time.sleep(60)
"""


@dataclass(frozen=True)
class Victim:
    """A process, and where its secret is."""

    process: subprocess.Popen[str]
    address: int


def give_addresses() -> None:
    """Two more for the loopback device; then let go of the right to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        for number, address in enumerate((LAN, METADATA), 1):
            name = f"lo:{number}".encode()
            wanted = struct.pack("16sH2x4s8x", name, socket.AF_INET, socket.inet_aton(address))
            fcntl.ioctl(link, _SET_ADDRESS, wanted)
    call("prctl", _AMBIENT, _CLEAR_ALL, 0, 0, 0)


def write_files(folder: Path) -> None:
    """Homes, app, host, teacher, lessons: as the real ones lie, with a secret in each."""
    for name in (
        *("homes/bo/essay.txt", "homes/bo/.ipython/history", "homes/ana/notes.txt"),
        *(f"homes/bo/decoy-{number}" for number in (1, 2, 3)),
        *("app/secret", "app/tuningfork.db-journal.txt", "app/backups/monday.db", "app/invites/bo"),
        *("run/host.json", "run/k/bo/c.json", "run/k/bo/stderr", "run/k/bo/s/placeholder"),
        *("teacher/.ssh/id_ed25519", "teacher/.netrc", "teacher/.profile"),
        *("teacher/.cache/huggingface/token", "drop/placeholder"),
        *("shared/lesson/checks.py", "shared/lesson/data.txt", "shared/models/weights"),
        "shared/packages/placeholder",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_WORDS)
    for path in (NOTE, SHARED_MEMORY):
        path.write_bytes(_WORDS)
    _write_database(folder / "app" / "tuningfork.db")


def _write_database(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("create table grades (name, mark, answer)")
    database.execute("insert into grades values ('bo', 'B', ?)", (SECRET,))
    database.commit()
    database.close()


def open_sockets(folder: Path) -> dict[str, int]:
    """Servers that tell the secret to whoever connects; the ports of those that have one."""
    run = folder / "run"
    for address in (
        *(run / "jupyter.sock", run / "k" / "bo" / "s" / "k-1", run / "k" / "bo" / "s" / "k-2"),
        *(TEMPORARY_SOCKET, ABSTRACT),
    ):
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(address))
        server.listen()
        _serve(server)
    tcp, debugger = (socket.create_server(("0.0.0.0", 0)) for _ in range(2))  # noqa: S104
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", 0))  # noqa: S104
    for server in (tcp, debugger):
        _serve(server)
    threading.Thread(target=_answer_packets, args=(udp,), daemon=True).start()
    named = {"tcp": tcp, "debugger": debugger, "udp": udp}
    return {name: server.getsockname()[1] for name, server in named.items()}


def _serve(server: socket.socket) -> None:
    def answer() -> None:
        while True:
            link, _ = server.accept()
            with link:
                link.sendall(_WORDS)

    threading.Thread(target=answer, daemon=True).start()


def _answer_packets(server: socket.socket) -> None:
    while True:
        _, sender = server.recvfrom(100)
        server.sendto(_WORDS, sender)


def make_keys() -> dict[str, int]:
    """System V memory, semaphores and messages."""
    keys = {"memory": 7001, "semaphore": 7002, "messages": 7003}
    memory = call("shmget", keys["memory"], 4096, _CREATE | 0o666)
    ctypes.memmove(call("shmat", memory, None, 0), _WORDS, len(_WORDS))
    call("semget", keys["semaphore"], 1, _CREATE | 0o666)
    call("msgget", keys["messages"], _CREATE | 0o666)
    return keys


def hold_key() -> None:
    """Put a secret into the session's keyring, which must be the theatre's own by now."""
    call("add_key", b"user", KEY, SECRET.encode(), len(SECRET), _SESSION_KEYRING)


def start_victim(home: Path) -> Victim:
    """The other learner's kernel, as it were."""
    program = VICTIM.format(secret=SECRET, home=str(home))
    process = subprocess.Popen(
        [sys.executable, "-c", program, MARK, f"--token={SECRET}"],
        env={**os.environ, "OTHERS_KEY": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return Victim(process, int(process.stdout.readline()))


def state_of(folder: Path) -> dict[str, str]:
    """Every file's content and mode, to see afterwards what has been touched."""
    found = {}
    for top in (folder, NOTE, SHARED_MEMORY):
        for path in [top, *sorted(top.rglob("*"))] if top.is_dir() else [top]:
            text = path.read_text(errors="replace") if path.is_file() else ""
            found[str(path)] = json.dumps([path.lstat().st_mode, text])
    return found
