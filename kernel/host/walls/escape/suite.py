"""All probes, run one after the other in a kernel. Nothing runs before `guard` has looked."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from typing import Any

from host.walls.escape import (
    bombs,
    calls,
    files,
    guard,
    processes,
    reach,
    system,
    talk,
    template,
)
from host.walls.escape.probe import Attempt, Outcome, attempt
from host.walls.escape.stage import Stage

# What ends a victim comes last; bombs come before, while there is something to disturb.
PROBES: tuple[Attempt, ...] = (
    *files.PROBES,
    *talk.PROBES,
    *reach.PROBES,
    *system.PROBES,
    *calls.PROBES,
    *bombs.PROBES,
    *template.PROBES,
    *processes.PROBES,
)


def run(stage: Stage) -> list[Outcome]:
    """Every probe's outcome.

    Raises:
        RefusedError: this is not a place for it.
    """
    guard.check(stage.outside)
    # A write above the limit is to be an error, not the end.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return [attempt(probe, stage) for probe in PROBES]


def tell(facts: dict[str, Any]) -> None:
    """For a cell: run everything and print the outcomes as JSON."""
    print(json.dumps([asdict(outcome) for outcome in run(Stage(**facts))]))
