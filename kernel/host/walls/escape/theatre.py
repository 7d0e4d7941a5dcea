"""A place where nothing real can be reached: namespaces of its own, and small folders in memory.

Started by an ordinary user. From outside it has Python, our code and the system's programs, all
read-only; everything that can be written to is memory with a limit; its network is one loopback
device. In it runs the director, under limits that no bomb can exceed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from host.walls.bubblewrap import bounded, find_program, read_only, system_folders
from host.walls.escape.stage import HOSTNAME, SECRET, namespaces
from host.walls.room import MEGABYTE, Limits, python_folders

FOLDER = "/class"
_SMALL = 64 * MEGABYTE
_BOUNDS = Limits(
    memory=1024 * MEGABYTE,
    mapped=3 * 1024 * MEGABYTE,
    processes=400,
    file=48 * MEGABYTE,
    open_files=2048,
)
_CPU_SECONDS = 120
_SECONDS = 200.0
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


class FailedError(Exception):
    """The theatre could not be built or fell down; the text is what it said."""


def play() -> dict[str, Any]:
    """What the probes got with walls (`with`), forked with walls (`forked`) and without
    (`without`), and what was `harmed`.

    Raises:
        FailedError: it could not be played; for one, because it was to be played by root.
    """
    if 0 in (os.getuid(), os.geteuid()):
        raise FailedError("The escape suite does not run as root.")
    done = subprocess.run(
        _command(),
        env=_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise FailedError(done.stdout + done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _command() -> list[str]:
    director = [sys.executable, "-m", "host.walls.escape.director", json.dumps(namespaces())]
    return [
        *(find_program(), "--unshare-all", "--new-session", "--die-with-parent"),
        *("--hostname", HOSTNAME),
        *system_folders(),
        *("--proc", "/proc"),
        *_devices(),
        # Before Python: the project may lie below /tmp.
        *_memory(FOLDER, "/tmp", "/dev/shm"),  # noqa: S108
        *read_only(python_folders()),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        # For addresses of its own network only; the director lets go of it before anything starts.
        *("--cap-add", "CAP_NET_ADMIN"),
        *("--chdir", FOLDER, "--"),
        *("prlimit", f"--cpu={_CPU_SECONDS}:{_CPU_SECONDS}", "--"),
        *bounded(_BOUNDS, director, core=MEGABYTE),
    ]


def _devices() -> list[str]:
    """Not bubblewrap's own /dev, for which the network would belong to another namespace."""
    paths = [f"/dev/{name}" for name in _DEVICES if Path(f"/dev/{name}").exists()]
    binds = [part for path in paths for part in ("--dev-bind", path, path)]
    links = ("--symlink", "/proc/self/fd", "/dev/fd")
    return ["--size", str(MEGABYTE), "--tmpfs", "/dev", *binds, *links]


def _memory(*folders: str) -> list[str]:
    return [part for path in folders for part in ("--size", str(_SMALL), "--tmpfs", path)]


def _environment() -> dict[str, str]:
    """The secret stands for what lies in the environment of whoever starts the host."""
    code = str(Path(__file__).resolve().parents[3])
    return {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHONPATH": code,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HOME": FOLDER,
        "STARTERS_KEY": SECRET,
    }
