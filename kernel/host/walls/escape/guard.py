"""The suite runs where it can hurt nothing, or not at all. What is not certain is a refusal."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Mapping
from pathlib import Path

from host.walls.escape.stage import namespaces

LARGEST = 128 * 2**20
#: Hard limits that must hold before a bomb is let off: each of them ends on its own.
MOST = {
    resource.RLIMIT_NPROC: 600,
    resource.RLIMIT_AS: 4 * 2**30,
    resource.RLIMIT_DATA: 2 * 2**30,
    resource.RLIMIT_FSIZE: LARGEST,
    resource.RLIMIT_NOFILE: 4096,
    resource.RLIMIT_CPU: 300,
}
_HARMLESS = {"proc", "devpts", "mqueue"}
_DEVICES = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


class RefusedError(Exception):
    """This is not a place for the suite."""


def check(outside: Mapping[str, str]) -> None:
    """Return only if every condition holds.

    Raises:
        RefusedError: one does not; the text says which.
    """
    reasons = [*_user(), *_places(outside), *_devices(), *_mounts(), *_limits()]
    if reasons:
        raise RefusedError("The escape suite does not run here: " + "; ".join(reasons) + ".")


def _user() -> list[str]:
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    # The owner of the system's own files is the machine's root, whatever number we see as ours.
    root = Path("/proc/sys/kernel/core_pattern").stat().st_uid in (os.getuid(), os.geteuid())
    return [
        *(["it is run by root"] if root or 0 in (os.getuid(), os.geteuid()) else []),
        *(["it has capabilities"] if int(status["CapEff"], 16) else []),
        *(["a program could gain rights"] if status["NoNewPrivs"] != "1" else []),
    ]


def _places(outside: Mapping[str, str]) -> list[str]:
    ours = namespaces()
    same = [kind for kind, name in ours.items() if outside.get(kind) in (None, name)]
    return [f"the namespaces {', '.join(same)} are not its own"] if same else []


def _devices() -> list[str]:
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    names = {line.split(":")[0].strip() for line in lines}
    return [f"there is a network: {', '.join(names)}"] if names - {"lo"} else []


def _mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [
        f"{place} can be written to without a limit" for line in lines if (place := _open(line))
    ]


def _open(line: str) -> str | None:
    """The mount point, if something without a limit can be written there."""
    before, after = line.split(" - ", 1)
    place, options = before.split()[4:6]
    kind, _, features = after.split(maxsplit=2)
    if "ro" in options.split(",") or kind in _HARMLESS or place in _DEVICES:
        return None
    size = re.search(r"\bsize=(\d+)([kmg]?)", features)
    small = kind == "tmpfs" and size and int(size[1]) * _UNITS[size[2]] <= LARGEST
    return None if small else place


def _limits() -> list[str]:
    hard = {which: resource.getrlimit(which)[1] for which in MOST}
    loose = [which for which, most in MOST.items() if not 0 <= hard[which] <= most]
    return [f"the limits {loose} are missing or too high"] if loose else []
