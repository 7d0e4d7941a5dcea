"""Whether the kernels of this host are walled in, and how: settled once, when the host begins.

`TUNINGFORK_WALLS=1` asks for it. What cannot be given is refused then and there; no kernel of such
a host ever runs without walls.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from host.walls import seccomp
from host.walls.bubblewrap import WallsMissingError, find_program, nested_lock
from host.walls.groups import Group, GroupRefusedError, Shares, open_group
from host.walls.room import MEGABYTE, Limits, Room, open_room

SWITCH = "TUNINGFORK_WALLS"
ANYWAY = "TUNINGFORK_WALLS_ANYWAY"
WORDS = "these walls do not hold"
READABLE = "TUNINGFORK_READABLE"
HOME_SIZE = "TUNINGFORK_HOME_MB"
_MODELS = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
_CORES_LEFT = 1


class WallsRefusedError(Exception):
    """Walls are asked for and cannot be had; the text says why and what to do."""


class Rooms:
    """Makes the room of each kernel."""

    def __init__(self, limits: Limits, readable: tuple[Path, ...], models: Path) -> None:
        self.limits = limits
        self.models = models
        """Folder of the models that were fetched, to be read by all."""
        self.tier: str | None = None
        """Name of the tier; None until it has been tried."""
        self._readable = (*readable, models)
        self._grouped = _can_group()
        self._trying: asyncio.Task[None] | None = None

    def show(self, folder: Path) -> None:
        """From now on kernels may read this one too."""
        self._readable = (*self._readable, folder)

    def begin(self) -> None:
        """Find out the tier, beside everything else. To be called when a loop runs."""
        self._trying = asyncio.create_task(self._try())

    def address(self, run: Path) -> str:
        """What Jupyter shall call the ip of the kernel with this folder."""
        room = Room(run, run)
        open_room(room)
        return room.address

    def room(self, run: Path, home: Path) -> Room:
        """For a kernel that is about to start: nothing of an earlier one is left in it."""
        readable = tuple(folder for folder in self._readable if folder.is_dir())
        room = Room(home, run, readable, self.limits)
        open_room(room)
        return replace(room, group=self._group(run.name)) if self._grouped else room

    def _group(self, name: str) -> Group | None:
        limits = self.limits
        try:
            return open_group(f"tuningfork-{name}", _shares(limits))
        except GroupRefusedError:
            return None

    async def _try(self) -> None:
        command = [sys.executable, "-m", "host.walls.doctor", "--json"]
        doctor = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        text, _ = await doctor.communicate()
        self.tier = str(json.loads(text)["name"])


def choose_rooms(environment: Mapping[str, str], bound: int | None, *, tcp: bool) -> Rooms | None:
    """None: kernels have no walls.

    Args:
        environment: the host's variables.
        bound: bytes of memory that a kernel may have.
        tcp: whether kernels are spoken to over a network.

    Raises:
        WallsRefusedError: walls are asked for and cannot be had.
    """
    asked = environment.get(SWITCH, "").strip()
    if asked in ("", "0"):
        return None
    if asked != "1":
        # A word that is misspelt must not mean "none".
        raise WallsRefusedError(f"{SWITCH}={asked} means nothing. Write {SWITCH}=1 for walls.")
    reason = _weakness(tcp)
    if reason and environment.get(ANYWAY) != WORDS:
        raise WallsRefusedError(
            f"{SWITCH}=1 asks for walls around kernels, but {reason} To find out more: npm run "
            f"doctor. To start all the same, with walls that somebody may get through: "
            f'{ANYWAY}="{WORDS}".'
        )
    limits = replace(Limits(), home=home_bound(environment))
    if bound is not None:
        limits = replace(limits, memory=min(bound, limits.memory))
    given = environment.get(READABLE, "").split(os.pathsep)
    readable = tuple(Path(path).resolve() for path in given if path)
    return Rooms(limits, readable, models_folder(environment))


def home_bound(environment: Mapping[str, str]) -> int | None:
    """Bytes that a learner's folder may have; None for no bound.

    Raises:
        WallsRefusedError: the setting is no number.
    """
    given = environment.get(HOME_SIZE, "").strip()
    if not given:
        return Limits().home
    if not given.isdecimal():
        raise WallsRefusedError(
            f"{HOME_SIZE}={given} is not a whole number of megabytes. Write {HOME_SIZE}=2048 for "
            f"2 GB, {HOME_SIZE}=0 for no bound, or leave it out."
        )
    return int(given) * MEGABYTE or None


def models_folder(environment: Mapping[str, str]) -> Path:
    """Where huggingface_hub keeps what it fetched, by its own rules."""
    named = next((environment[name] for name in _MODELS if environment.get(name)), None)
    if named:
        return Path(named).expanduser()
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    home = environment.get("HF_HOME") or f"{cache}/huggingface"
    return Path(home).expanduser() / "hub"


def _weakness(tcp: bool) -> str | None:
    """What is seen at once; the doctor tries the rest."""
    if tcp or sys.platform != "linux":
        return "walls are for Linux, and kernels that are spoken to over sockets, only."
    try:
        find_program()
    except WallsMissingError as error:
        return f"{error}."
    if os.geteuid() == 0:
        return "walls do not hold root. Run Tuning Fork as a user of its own (docs/walls.md)."
    if not nested_lock():
        return "this bubblewrap is too old. Install version 0.8 or newer."
    if not seccomp.program():
        return f"rarely used parts of Linux could not be refused. {seccomp.REMEDY}"
    return None


def _can_group() -> bool:
    """Tried before anything else is started: later this process could not leave its group."""
    try:
        open_group(f"tuningfork-try-{os.getpid()}", _shares(Limits())).end()
    except (GroupRefusedError, OSError):
        return False
    return True


def _shares(limits: Limits) -> Shares:
    # A group counts what lies in /tmp and /dev/shm too, and files that were read.
    memory = limits.memory + limits.temporary + limits.shared_memory
    cores = max(1, len(os.sched_getaffinity(0)) - _CORES_LEFT)
    return Shares(memory, limits.processes, cores)
