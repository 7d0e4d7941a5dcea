"""Programs run as an ordinary user, also where the tests run as root.

Root first makes a view of the machine in which that user can reach Python and this project, even if
they lie in a private folder, and then becomes that user for good.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from host.walls.room import python_folders

USER = 23456
KERNEL_FOLDER = Path(__file__).resolve().parents[2]


def run(module: str, *arguments: str, seconds: float = 100, whole: bool = False) -> Any:
    """What a module printed in JSON: as its last line, or on all of them."""
    done = subprocess.run(
        [*prefix(), sys.executable, "-m", module, *arguments],
        cwd="/",
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout if whole else done.stdout.splitlines()[-1])


def prefix() -> list[str]:
    """What comes before a command to run it as an ordinary user."""
    assert shutil.which("bwrap"), (
        "bubblewrap is missing, so nothing of the walls can be tested. "
        "Debian and Ubuntu: sudo apt-get install bubblewrap"
    )
    if os.geteuid() != 0:
        return []
    return [*_view(), *_become(USER)]


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder with a short path that belongs to the ordinary user."""
    with tempfile.TemporaryDirectory(prefix="tf-", dir="/tmp", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            os.chown(name, USER, USER)
        yield Path(name)


def _become(user: int) -> list[str]:
    return [
        *("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"),
        *("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"),
    ]


def _view() -> list[str]:
    needed = python_folders()
    closed = dict.fromkeys(gate for folder in needed if (gate := _closed_gate(folder)))
    opened = [part for gate in closed for part in ("--perms", "0755", "--tmpfs", str(gate))]
    below = [folder for folder in needed if _closed_gate(folder)]
    return [
        *("bwrap", "--dev-bind", "/", "/", *opened),
        *(part for folder in below for part in _shown(folder)),
        *("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"),
        *("--die-with-parent", "--"),
    ]


def _shown(folder: Path) -> list[str]:
    """A folder below a gate; the ones on the way are made passable."""
    gate = _closed_gate(folder)
    assert gate is not None
    way = [parent for parent in reversed(folder.parents) if parent.is_relative_to(gate)][1:]
    made = [part for parent in way for part in ("--perms", "0755", "--dir", str(parent))]
    return [*made, "--ro-bind", str(folder), str(folder)]


def _closed_gate(folder: Path) -> Path | None:
    """The outermost folder on the way that others may not pass through."""
    ways = [*reversed(folder.parents), folder]
    return next((way for way in ways if not way.stat().st_mode & stat.S_IXOTH), None)


def _environment() -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    own = {"PYTHONPATH": str(KERNEL_FOLDER), "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    # What nobody who starts the host thinks of.
    return {**kept, **own, "SOME_SECRET": "s3cret", "HF_TOKEN": "s3cret"}
