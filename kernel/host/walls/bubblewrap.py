"""The command line that puts a program behind walls.

Everything it does not name is not there: bubblewrap begins with an empty root. Order matters, since
later mounts lie on top of earlier ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from host.walls import seccomp
from host.walls.room import HOME, Limits, Room, python_folders

PROGRAM = "bwrap"
_NAMESPACES = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-net",
    "--unshare-cgroup-try",
)
_NESTED = "--disable-userns"
_USER_ID = "1000"
_SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib64", "/lib32")
#: What programs look up by name: libraries, alternatives of BLAS, certificates, the time zone.
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/localtime",
    "/etc/mime.types",
)


class WallsMissingError(Exception):
    """This machine cannot build the walls; the text says what to do."""


def find_program() -> str:
    """Path of bubblewrap.

    Raises:
        WallsMissingError: it is not installed.
    """
    path = shutil.which(PROGRAM)
    if path is None:
        raise WallsMissingError(
            "bubblewrap is not installed. Debian and Ubuntu: sudo apt-get install bubblewrap. "
            "Fedora: sudo dnf install bubblewrap. Then run: npm run doctor"
        )
    return path


@cache
def nested_lock() -> tuple[str, ...]:
    """What keeps a kernel from making namespaces of its own; older versions know no such thing."""
    options = subprocess.run(
        [find_program(), "--help"], capture_output=True, text=True, check=False
    )
    return (_NESTED,) if _NESTED in options.stdout + options.stderr else ()


@dataclass(frozen=True)
class Walled:
    """A program behind walls, for `subprocess.Popen`, whose environment must be clean already."""

    command: Sequence[str]
    files: tuple[int, ...]
    """To be passed on: what bubblewrap shall build, and what it shall forbid. On its command line,
    which can be read inside, that would tell the names of folders as they are outside."""


@contextmanager
def walled(
    room: Room,
    command: Sequence[str],
    *,
    python: bool = True,
    told: int | None = None,
    lasting: bool = False,
) -> Iterator[Walled]:
    """`command` behind walls; to be started while this lasts.

    Args:
        python: whether Python and our code are seen inside.
        told: a file to which bubblewrap writes which processes it has made.
        lasting: whether it goes on when whoever started it has ended.

    Raises:
        WallsMissingError: bubblewrap is not installed.
    """
    program, forbidden = find_program(), seccomp.program()
    with ExitStack() as open_files:
        files = []
        if forbidden is not None:
            files.append(open_files.enter_context(_in_memory("filter", forbidden)))
        words = plan(room, python=python, told=told, lasting=lasting, forbids=[*files])
        text = b"".join(os.fsencode(word) + b"\0" for word in words)
        files.append(open_files.enter_context(_in_memory("plan", text)))
        whole = [program, "--args", str(files[-1]), "--", *command]
        yield Walled(room.group.entering(whole) if room.group else whole, tuple(files))


@contextmanager
def _in_memory(name: str, content: bytes) -> Iterator[int]:
    """A file to be read from its beginning."""
    with os.fdopen(os.memfd_create(name), "wb") as file:
        file.write(content)
        file.flush()
        file.seek(0)
        yield file.fileno()


def plan(
    room: Room, *, python: bool, told: int | None, lasting: bool, forbids: Sequence[int] = ()
) -> list[str]:
    """Bubblewrap's options.

    Args:
        forbids: files with filters of system calls, for all that is inside.
    """
    return [
        *(*_NAMESPACES, *_LOCKS, *nested_lock()),
        *(() if lasting else ("--die-with-parent",)),
        *(() if told is None else ("--info-fd", str(told))),
        *system_folders(),
        *("--proc", "/proc", "--dev", "/dev"),
        *_temporary(room.limits),
        *read_only([*(python_folders() if python else ()), *room.readable]),
        *_own(room),
        *("--remount-ro", "/", "--chdir", HOME),
        *("--setenv", "JPY_PARENT_PID", "1"),
        *(part for file in forbids for part in ("--seccomp", str(file))),
    ]


#: No way to type into the host's terminal, and no rights.
_LOCKS = (
    "--new-session",
    *("--uid", _USER_ID, "--gid", _USER_ID, "--hostname", "lesson"),
    *("--cap-drop", "ALL"),
)


def system_folders() -> list[str]:
    """Programs and libraries of the system, read-only."""
    links = [path for path in map(Path, _SYSTEM_LINKS) if path.is_symlink()]
    folders = [path for path in map(Path, _SYSTEM_LINKS) if path.is_dir() and path not in links]
    found = [Path("/usr"), *folders, *(p for p in map(Path, _SYSTEM_FILES) if p.exists())]
    return [
        *(part for link in links for part in ("--symlink", str(link.readlink()), str(link))),
        *read_only(found),
    ]


def _temporary(limits: Limits) -> list[str]:
    """Places for files that nobody keeps. Before all else: the project may lie below /tmp."""
    return [
        *("--size", str(limits.temporary), "--tmpfs", "/tmp"),  # noqa: S108
        *("--size", str(limits.shared_memory), "--tmpfs", "/dev/shm"),  # noqa: S108
    ]


def _own(room: Room) -> list[str]:
    return [
        # Otherwise /dev is a place of half the machine's memory.
        *("--remount-ro", "/dev"),
        *("--bind", str(room.home), HOME),
        *("--ro-bind", str(room.run), str(room.run)),
        *("--bind", str(room.sockets), str(room.sockets)),
    ]


def read_only(paths: Sequence[Path]) -> list[str]:
    """Each at its own path."""
    return [part for path in paths for part in ("--ro-bind", str(path), str(path))]


def bounded(limits: Limits, command: Sequence[str], core: int = 0) -> list[str]:
    """`command` with limits that it cannot raise. Set inside: they count per user namespace."""
    bounds = {name.lower(): most for name, most in {**limits.by_name(), "CORE": core}.items()}
    return ["prlimit", *(f"--{name}={n}:{n}" for name, n in bounds.items()), "--", *command]
