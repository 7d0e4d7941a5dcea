"""Hosts whose kernels come from a pool of started processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from .conftest import Host
from .forking import await_log, running

#: A host that keeps its pool while somebody works on our modules.
STEADY = """
import sys
from host.pool import pool, waiting
pool.fingerprint = waiting.fingerprint = str
pool.LULL_S = 0.3
pool.FIRST_PAUSE_S = 0.2
{patch}
from host.__main__ import main
sys.exit(main())
"""
#: A waiting process that has loaded Jupyter's kernel only, in half a second.
LIGHT = """
from host.fork import libraries
libraries.FIRST_USE = libraries.LEARNING = ()
libraries._ours = list
{patch}
from host.pool.__main__ import main
main()
"""
WAITS = re.compile(r"Process (\d+) waits to be a kernel")


@contextmanager
def pooled(
    patch: str = "", *, program: str | None = None, size: int = 1, **env: str
) -> Iterator[Host]:
    """A host; `patch`: more code for it, `program`: of its waiting processes."""
    if program is not None:
        patch = f"waiting.PROGRAM = ['-c', {program!r}]\n{patch}"
    settings = {"TUNINGFORK_FORK": "pool", "TUNINGFORK_POOL": str(size), **env}
    with running(settings, program=("-c", STEADY.format(patch=patch))) as host:
        yield host


def light(patch: str = "") -> str:
    """A program for `pooled`; more code for the waiting process."""
    return LIGHT.format(patch=patch)


def await_waiting(host: Host, which: int = 1) -> int:
    """Wait until the n-th process waits; return its id."""
    text = await_log(host, "waits to be a kernel", which)
    return int(WAITS.findall(text)[which - 1])
