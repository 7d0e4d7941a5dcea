"""Files and sockets in a learner's reach: what the host does with them, each by itself."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from host import unlinked
from host.adopt.leftovers import _listening
from host.errors import Errors, errors_of
from host.unlinked import held_by
from host.walls.room import Room, open_room
from host.walls.sockets import Sockets, is_misused

MB = 2**20


@pytest.fixture
def room(folder: Path) -> Room:
    room = Room(folder / "home", folder / "run")
    open_room(room)
    return room


@pytest.fixture
def listening(room: Room) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(room.sockets / "k-2"))
        server.listen()
        yield server


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        return link.connect_ex(str(path)) == 0


def test_a_socket_that_was_taken_stays_the_same(room: Room, listening: socket.socket) -> None:
    sockets = Sockets(room, (1, 2))
    sockets.take()
    taken = room.taken / "k-2"
    assert sockets.address(2) == f"ipc://{taken}"
    (room.sockets / "k-2").unlink()
    (room.sockets / "k-2").symlink_to("/run/another")
    sockets.take()
    assert stat.S_ISSOCK(taken.lstat().st_mode)
    assert _answers(taken)
    assert not (room.taken / "k-1").exists()


def test_one_that_was_made_anew_is_taken_anew(room: Room, listening: socket.socket) -> None:
    """A fork that failed leaves its own behind."""
    sockets = Sockets(room, (2,))
    sockets.take()
    listening.close()
    (room.sockets / "k-2").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(room.sockets / "k-2"))
        server.listen()
        sockets.take()
        assert _answers(room.taken / "k-2")


@pytest.mark.parametrize("what", ["link", "file", "pipe", "folder"])
def test_nothing_but_a_socket_is_taken(room: Room, listening: socket.socket, what: str) -> None:
    place = room.sockets / "k-3"
    if what == "link":
        place.symlink_to(room.sockets / "k-2")
    elif what == "file":
        place.touch()
    elif what == "pipe":
        os.mkfifo(place)
    else:
        place.mkdir()
    Sockets(room, (3,)).take()
    assert list(room.taken.iterdir()) == []


def test_sockets_of_an_earlier_process_are_gone(room: Room, listening: socket.socket) -> None:
    Sockets(room, (2,)).take()
    open_room(room)
    assert list(room.taken.iterdir()) == list(room.sockets.iterdir()) == []


def test_the_folder_of_sockets_is_for_sockets(room: Room, listening: socket.socket) -> None:
    (room.sockets / "doing").write_bytes(bytes(512))
    assert not is_misused(room.sockets)
    big = room.sockets / "big"
    big.write_bytes(bytes(2 * MB))
    assert is_misused(room.sockets)
    big.unlink()
    for number in range(64):
        (room.sockets / f"empty-{number}").touch()
    assert is_misused(room.sockets), "many names"
    open_room(room)
    (room.sockets / "inner").mkdir()
    assert is_misused(room.sockets), "a folder"
    assert not is_misused(room.run / "none")
    (room.run / "file").touch()
    assert is_misused(room.run / "file"), "what cannot be listed"


def test_a_leftover_is_looked_for_by_sockets_and_not_by_links(folder: Path) -> None:
    """Whoever is found there is ended."""
    home, other = folder / "a", folder / "b"
    for place in (home / "s", other):
        place.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(other / "k-2"))
        server.listen()
        (home / "s" / "k-2").symlink_to(other / "k-2")
        assert list(_listening(home)) == []
        assert list(_listening(other)) == [os.getpid()]


def _fill(pipe: int) -> int:
    """Write until there is no room; bytes."""
    for number in count():
        try:
            os.write(pipe, b"x" * 4096)
        except BlockingIOError:
            return number * 4096
    raise AssertionError


def test_standard_error_behind_walls_is_a_pipe_with_an_end(folder: Path) -> None:
    with errors_of(folder, piped=True) as writing:
        assert stat.S_ISFIFO(os.fstat(writing.fileno()).st_mode)
        end = os.dup(writing.fileno())
    errors = Errors(folder)
    os.set_blocking(end, False)
    for _ in range(20):
        assert _fill(end) > 0
        while errors.hear():
            pass
    os.write(end, b"the last words")
    assert errors.hear()
    # The next host hears it too, and what was said before.
    assert (folder / "stderr").stat().st_size == 16_000
    os.write(end, b", and after")
    assert Errors(folder).close().endswith("xthe last words, and after")
    os.close(end)


def test_standard_error_without_walls_is_a_file(folder: Path) -> None:
    with errors_of(folder, piped=False) as writing:
        writing.write(b"y" * 20_000 + b"said")
    errors = Errors(folder)
    assert not errors.hear()
    assert errors.close() == "y" * 15_996 + "said"


def test_what_is_held_without_a_name_is_counted(folder: Path) -> None:
    def held() -> int:
        found = held_by((os.getpid(),), (str(folder),))
        assert not found.hidden
        return found.size

    assert held() == 0
    path = folder / "big"
    path.write_bytes(bytes(3 * MB))
    with path.open("rb") as file:
        twice = os.dup(file.fileno())
        assert held() == 0, "it has a name"
        path.unlink()
        assert held() == 3 * MB
    os.close(twice)
    assert held() == 0
    nameless = os.open(folder, os.O_TMPFILE | os.O_RDWR)
    os.write(nameless, bytes(MB))
    assert held() == MB
    os.close(nameless)


def test_what_is_mapped_is_counted_though_no_file_is_open(folder: Path) -> None:
    """Python's own `mmap` keeps the file open."""
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    path = folder / "big"
    path.write_bytes(bytes(2 * MB))
    with path.open("rb") as file:
        start = library.mmap(None, 2 * MB, mmap.PROT_READ, mmap.MAP_SHARED, file.fileno(), 0)
    path.unlink()
    assert held_by((os.getpid(),), (str(folder),)).size == 2 * MB
    library.munmap(ctypes.c_void_p(start), ctypes.c_size_t(2 * MB))
    assert held_by((os.getpid(),), (str(folder),)).size == 0


def test_what_others_below_hold_is_counted(folder: Path) -> None:
    code = (
        "import os, sys\nf = open(sys.argv[1], 'wb'); f.write(bytes(2**20)); f.flush()\n"
        "os.unlink(sys.argv[1])\nprint(flush=True)\nsys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "big")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    child.stdout.readline()
    assert held_by((os.getpid(),), (str(folder),)).size == MB
    assert held_by((os.getpid(),), (str(folder / "other"),)).size == 0
    child.communicate()


def test_a_process_that_hides_what_it_holds_is_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pid: int, _within: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        raise PermissionError

    monkeypatch.setattr(unlinked, "_open_files", refuse)
    assert held_by((os.getpid(),), (str(folder),)).hidden
