"""One attempt: run in a process of its own, for a few seconds at most."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from host.walls.escape.stage import SECRET, Stage

Attempt = Callable[[Stage], str]
"""Returns what it got; raises `BlockedError`, or what Python raises, when it got nothing."""
Kind = Literal["got", "blocked", "broken"]
_SECONDS = 10.0
_CPU_SECONDS = 8


class BlockedError(Exception):
    """The attempt found a wall; the text says which."""


@dataclass(frozen=True)
class Outcome:
    """How one attempt went."""

    name: str
    kind: Kind
    found: str


_WALLS = (BlockedError, OSError, MemoryError, sqlite3.Error, subprocess.SubprocessError)


def attempt(probe: Attempt, stage: Stage) -> Outcome:
    """Try it in a child; a child that is killed or hangs got nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 1))
            os.write(writing, json.dumps(_tried(probe, stage)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    text = _heard(reading)
    _end(child)
    if not text:
        return Outcome(probe.__name__, "blocked", "it was stopped")
    kind, found = json.loads(text)
    return Outcome(probe.__name__, kind, found)


def _tried(probe: Attempt, stage: Stage) -> tuple[Kind, str]:
    try:
        return "got", probe(stage)[:200]
    except _WALLS as error:
        return "blocked", f"{type(error).__name__}: {error}"[:200]
    except BaseException as error:
        return "broken", f"{type(error).__name__}: {error}"[:200]


def _heard(reading: int) -> bytes:
    with os.fdopen(reading, "rb") as pipe:
        ready, _, _ = select.select([pipe], [], [], _SECONDS)
        return os.read(pipe.fileno(), 4096) if ready else b""


def _end(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def secret_in(text: str | bytes) -> str:
    """The text, if there is a secret in it."""
    plain = text.decode(errors="replace") if isinstance(text, bytes) else text
    if SECRET not in plain:
        raise BlockedError("no secret there")
    return plain[:80]
