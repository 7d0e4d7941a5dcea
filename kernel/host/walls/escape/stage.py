"""What there is to attack: names, numbers and secrets, as the director tells them to the probes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "user")


@dataclass(frozen=True)
class Stage:
    """Paths and process ids are those of the theatre, not those behind the walls."""

    outside: Mapping[str, str]
    """The namespaces of whoever built the theatre: ours must be others."""
    folder: str
    """Everything of the class that does not exist is below it."""
    run: str
    """The kernel's own run folder."""
    victim: int
    """A process of the other learner."""
    victim_address: int
    """Where in its memory its secret is."""
    sacrifice: int
    """A process that may be killed."""
    template: int
    """The process that kernels are forked from."""
    ports: Mapping[str, int]
    keys: Mapping[str, int]
    """System V shared memory, semaphores and messages."""

    @property
    def other(self) -> Path:
        """The other learner's home."""
        return Path(self.folder) / "homes" / "bo"

    @property
    def app(self) -> Path:
        """The web app's data: database, secret, grades."""
        return Path(self.folder) / "app"

    @property
    def host(self) -> Path:
        """The kernel host's run folder."""
        return Path(self.folder) / "run"

    @property
    def teacher(self) -> Path:
        """The home of whoever installed all this."""
        return Path(self.folder) / "teacher"

    @property
    def shared(self) -> Path:
        """Lessons, models and packages: to be read by all, written by none."""
        return Path(self.folder) / "shared"

    def written(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self))


SECRET = "s3cret"  # noqa: S105
"""Whatever must not be read holds this word."""
HOSTNAME = "theatre"
LAN = "10.99.0.1"
"""Another host, as it were: an address of the theatre's own loopback device."""
METADATA = "169.254.169.254"
"""Where clouds keep their keys; here too the theatre's own."""
ABSTRACT = "\0tuningfork-theatre"
NOTE = Path("/tmp/tuningfork-note")  # noqa: S108
SHARED_MEMORY = Path("/dev/shm/tuningfork-batch")  # noqa: S108
TEMPORARY_SOCKET = Path("/tmp/tuningfork-socket")  # noqa: S108


def namespaces() -> dict[str, str]:
    """The namespaces of this process, by kind."""
    return {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in NAMESPACES}
