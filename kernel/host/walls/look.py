"""Builds a room, runs the system's shell in it, and reads what it saw.

The shell, not Python: whether Python is found inside is one of the questions.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from host.walls.bubblewrap import bounded, walled
from host.walls.environment import clean
from host.walls.groups import Group
from host.walls.room import MEGABYTE, Limits, Room, open_room

NOBODY = 65534
"""An ordinary user that every Linux has, to try as when we are root."""
_SECONDS = 20.0
_SMALL = Limits(processes=40, temporary=MEGABYTE, shared_memory=MEGABYTE, file=8 * MEGABYTE)
_SCRIPT = """
say() { if "$@" >/dev/null 2>&1; then echo "$name=yes"; else echo "$name=no"; fi; }
name=other_home; say ls "$1"
name=other_process; say test -e "/proc/$2/cmdline"
name=own_home; say touch kept
name=system; say touch /usr/kept
name=connection; say touch "$3"
name=temporary; say sh -c 'head -c 2000000 /dev/zero > /tmp/fill'
name=nested; say unshare --user true
name=python; say "$4" -c 'import ipykernel'
name=rare; say "$4" -ISc 'import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
echo "devices=$(sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev | tr '\\n' ' ')"
echo "filter=$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
echo "rights=$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)"
echo "environment=$(env | cut -d= -f1 | sort | tr '\\n' ' ')"
"""


@dataclass(frozen=True)
class Place:
    """Two learners' rooms, for a moment."""

    room: Room
    other: Path


@contextmanager
def place() -> Iterator[Place]:
    """Two homes side by side, in a folder with a short name."""
    with tempfile.TemporaryDirectory(prefix="tf-doctor-") as name:
        top = Path(name)
        room = Room(top / "ana", top / "run", limits=_SMALL)
        other = top / "bo"
        open_room(room)
        other.mkdir()
        room.connection_file.write_text("{}")
        for path in (top, *top.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        yield Place(room, other)


def run(
    here: Place, command: Sequence[str], group: Group | None = None, *, python: bool = False
) -> subprocess.CompletedProcess[str]:
    """A command behind walls, as an ordinary user, with one secret too many in its environment."""
    with walled(here.room, bounded(here.room.limits, command), python=python) as inside:
        # By way of the group first: a root that has become nobody could not enter it any more.
        whole = [*_as_nobody(), *inside.command]
        return subprocess.run(
            group.entering(whole) if group else whole,
            env=clean({**os.environ, "HF_TOKEN": "secret"}),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            pass_fds=inside.files,
        )


def look(here: Place, python: str) -> Mapping[str, str]:
    """What the shell saw, by name."""
    names = [str(here.other), str(os.getpid()), str(here.room.connection_file), python]
    whole = ["sh", "-c", _SCRIPT, "sh", *names]
    done = run(here, whole, python=True)
    if done.returncode != 0:
        done = run(here, whole)
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def smaller(here: Place, limits: Limits) -> Place:
    """The same with other limits."""
    return replace(here, room=replace(here.room, limits=limits))


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    user = str(NOBODY)
    return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--"]
