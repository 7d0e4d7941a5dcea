"""What one kernel may see and use. Data only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from host.clearing import clear_away
from host.walls.groups import Group

MEGABYTE = 2**20
GIGABYTE = 2**30
HOME = "/home/learner"
"""Where every kernel finds its own folder, whatever that is called outside."""
_KERNEL_FOLDER = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Limits:
    """Bytes and counts. All but the sizes of places for files hold for each process by itself."""

    memory: int = 3 * GIGABYTE
    """Private memory of one process; more is a MemoryError."""
    mapped: int = 8 * GIGABYTE
    """All that one process maps: libraries and shared memory too. PyTorch alone maps 1.6 GB."""
    processes: int = 128
    """Processes and threads of the kernel together."""
    file: int = 2 * GIGABYTE
    """Largest file that may be written."""
    open_files: int = 1024
    temporary: int = 256 * MEGABYTE
    """Size of /tmp, which is memory."""
    home: int | None = 2 * GIGABYTE
    """Size of the learner's folder, which the host looks after; None for no bound."""
    shared_memory: int = 256 * MEGABYTE
    """Size of /dev/shm, through which PyTorch's loaders pass their batches."""

    def by_name(self) -> dict[str, int]:
        """Those that hold for each process, as `resource` calls them, without `RLIMIT_`."""
        return {
            "DATA": self.memory,
            "AS": self.mapped,
            "NPROC": self.processes,
            "FSIZE": self.file,
            "NOFILE": self.open_files,
            "CORE": 0,
        }


@dataclass(frozen=True)
class Room:
    """One kernel's part of the machine."""

    home: Path
    """The learner's own folder; the only place where anything written stays."""
    run: Path
    """Folder of the kernel's connection file, which the kernel may read and not change."""
    readable: Sequence[Path] = ()
    """Lesson data and model cache: read, never written. Found at the same path inside."""
    limits: Limits = field(default_factory=Limits)
    group: Group | None = None
    """Bounds for all its processes together, where the machine gives them."""

    @property
    def sockets(self) -> Path:
        """Where the kernel makes its sockets: the only part of `run` it may write to."""
        return self.run / "s"

    @property
    def taken(self) -> Path:
        """Where the host has its own names for them (sockets.py)."""
        return self.run / "own"

    @property
    def connection_file(self) -> Path:
        """Jupyter's."""
        return self.run / "c.json"

    @property
    def address(self) -> str:
        """What Jupyter calls the kernel's ip: the start of the names of its sockets."""
        return str(self.sockets / "k")


def open_room(room: Room) -> None:
    """Make the folders of a room, private; those of the sockets empty, as a learner wrote there."""
    for folder in (room.home, room.run):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (room.sockets, room.taken):
        clear_away(folder)
        folder.mkdir(mode=0o700)


def python_folders() -> list[Path]:
    """What Python needs to read: the environment, the Python it was made from, and our code."""
    found = (Path(sys.prefix), Path(sys.base_prefix), _KERNEL_FOLDER)
    return [folder for folder in dict.fromkeys(found) if not folder.is_relative_to("/usr")]
