"""A start without a learner's own start-up files.

What a learner wrote is run, or read, while their Python starts: scripts of IPython's profile, its
settings, modules with a library's name. One that ends Python would end each Python to come, and no
cell could mend it. So there is a second kind of start, which looks at none of them. They stay where
they are; `STARTUP` tells a cell where that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from host.clearing import clear_away
from host.walls.environment import SAFE, STARTUP, TEMPORARY
from host.walls.room import HOME

NAME = "tuningfork-safe"
"""The kernelspec by which it is asked for."""
_FOLDER = "ipython"
_OPTIONS = (
    "--InteractiveShellApp.exec_PYTHONSTARTUP=False",
    "--InteractiveShellApp.ignore_cwd=True",
)


@dataclass(frozen=True)
class Launch:
    """What a kernel is launched with."""

    command: Sequence[str]
    environment: Mapping[str, str]


def safely(launch: Launch, home: Path, *, walls: bool) -> Launch:
    """The same, with an empty folder in place of IPython's own.

    It is not forked: what IPython reads is settled by a variable, and the template has another one.

    Args:
        home: the host's folder for the kernel.
        walls: whether it has a /tmp that nobody has written to, which is then taken.
    """
    ordinary = launch.environment.get("IPYTHONDIR", "~/.ipython")
    folder = home / _FOLDER
    if walls:
        ordinary, folder = f"{HOME}/.ipython", Path(TEMPORARY)
    else:
        clear_away(folder)
        folder.mkdir(mode=0o700)
    variables = {SAFE: "1", STARTUP: ordinary, "IPYTHONDIR": str(folder), "PYTHONNOUSERSITE": "1"}
    kept = {name: text for name, text in launch.environment.items() if name != "PYTHONSTARTUP"}
    return Launch([*launch.command, *_OPTIONS], {**kept, **variables})
