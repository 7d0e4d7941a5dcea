"""What the host says of itself and its kernels, for whoever looks after this installation.

`GET /api/health`, behind the same token as everything else. The web process asks every five
seconds and adds what it alone knows: whose kernel it is and what it trains. Nothing a cell wrote is
in the answer: numbers, states and reasons only.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from host import VERSION
from host.fork.port import Starter
from host.usage import Ledger, Use
from host.walls.rooms import Rooms

SETTING = "tuningfork_health"
#: Whoever asks again sooner gets the same answer.
_FRESH_S = 1.0


class Health:
    """Looks, one look at a time."""

    def __init__(self, kernels: Any, starter: Starter, rooms: Rooms | None) -> None:
        """`kernels`: the host's `HostKernels`; `rooms`: None when kernels have no walls."""
        self._kernels = kernels
        self._starter = starter
        self._rooms = rooms
        self._ledger = Ledger()
        self._one = asyncio.Lock()
        self._last: dict[str, Any] = {"at": 0.0}

    async def facts(self) -> dict[str, Any]:
        """Everything, at most a second old."""
        async with self._one:
            if time.time() - self._last["at"] > _FRESH_S:
                self._last = await self._look()
        return self._last

    async def _look(self) -> dict[str, Any]:
        models = [self._model(name) for name in self._kernels.list_kernel_ids()]
        ready = self._starter.standing
        pids = [os.getpid(), ready.pid, *ready.others, *(model["pid"] for model in models)]
        roots = {pid for pid in pids if pid is not None}
        # In a thread: cells must not wait while Linux counts pages.
        uses = await asyncio.to_thread(self._ledger.look, roots)
        own = uses.get(os.getpid())
        return {
            "at": time.time(),
            "host": {"pid": os.getpid(), "version": VERSION, "uid": _user(), **_use(own)},
            "template": {
                "pid": ready.pid,
                "kind": ready.kind,
                "why_not": ready.why_not,
                **_use(_together([uses.get(pid) for pid in (ready.pid, *ready.others) if pid])),
            },
            "walls": {"on": self._rooms is not None, "tier": self._rooms and self._rooms.tier},
            "kernels": [_kernel(model, uses.get(model["pid"] or 0)) for model in models],
        }

    def _model(self, name: str) -> dict[str, Any]:
        bound = self._kernels.get_kernel(name).bound
        return {**self._kernels.kernel_model(name), "bound": bound}


def _user() -> int | None:
    return os.geteuid() if hasattr(os, "geteuid") else None


def _kernel(model: dict[str, Any], use: Use | None) -> dict[str, Any]:
    return {
        "id": model["id"],
        "pid": model["pid"],
        "state": model["execution_state"],
        "started": model.get("started"),
        "cold_because": model.get("cold_because"),
        "bound": model["bound"],
        **_use(use),
    }


def _together(uses: Sequence[Use | None]) -> Use | None:
    """Of all that is loaded in advance, as if it were one process."""
    found = [use for use in uses if use]
    if not found:
        return None
    memories = [use.memory for use in found]
    return replace(
        found[0],
        memory=None if None in memories else sum(filter(None, memories)),
        cpu=sum(use.cpu for use in found),
        processes=sum(use.processes for use in found),
    )


def _use(use: Use | None) -> dict[str, Any]:
    if use is None:
        return {}
    return {
        "memory": use.memory,
        "memory_is": use.kind,
        "cpu": use.cpu,
        "processes": use.processes,
        "since": use.since,
        "stopped": use.stopped,
    }


class HealthHandler(APIHandler):
    """The route. Looking is no activity."""

    auth_resource = "api"
    _track_activity = False

    @web.authenticated
    async def get(self) -> None:
        """All facts as JSON."""
        health: Health = self.settings[SETTING]
        self.finish(json.dumps(await health.facts()))
