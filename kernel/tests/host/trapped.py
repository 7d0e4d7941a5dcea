"""A host with walls whose learner sets one trap after the other for their own next Python.

python -m tests.host.trapped      prints, for each: how the next starts went
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from host import safe, spec
from host.clearing import clear_away
from host.walls.escape.traps import CLOSING, FILES, TRAPS, UNDO, cell

from .conftest import Channel, Host
from .forking import await_template, light, running
from .roomed import WALLS

_SEEN = "import os; print(os.environ.get('TUNINGFORK_SAFE_START'), os.listdir('.') != [])"
#: A module of the learner's must not take a library's place in a safe start.
_PATH = "import os, sys; print({'', os.getcwd()} & set(sys.path) or 'apart')"


def all_traps(names: list[str]) -> dict[str, Any]:
    """By the name of the trap."""
    with running(env=WALLS, program=light()) as host:
        await_template(host)
        return {name: _one(host, name) for name in names or TRAPS}


def _one(host: Host, name: str) -> dict[str, Any]:
    folder = host.runtime.parent / "work" / name
    facts: dict[str, Any] = {}

    def set_it(kernel: str, channel: Channel) -> str:
        # Who fills the folder of sockets may be ended for it first (walls/sockets.py).
        said = _said(channel, cell(name))
        if name in CLOSING:
            facts["restarted"] = host.ask("POST", f"/api/kernels/{kernel}/restart")[0]
        return said

    def see(_kernel: str, channel: Channel) -> str:
        return _said(channel, _SEEN)

    def undo(kernel: str, channel: Channel) -> str:
        said = (see(kernel, channel), _said(channel, _PATH), _said(channel, UNDO))
        return ", ".join(text.strip() for text in said)

    facts["set"] = _begun(host, folder, spec.NAME, set_it)
    facts["ordinary"] = _begun(host, folder, spec.NAME, see)
    if name in FILES:
        facts["safe"] = _begun(host, folder, safe.NAME, undo)
        facts["then"] = _begun(host, folder, spec.NAME, see)
    assert clear_away(folder)
    return facts


def _begun(host: Host, folder: Path, kind: str, use: Callable[[str, Channel], str]) -> str:
    """What a new kernel said, or why there was none."""
    status, model = host.ask("POST", "/api/kernels", {"name": kind, "path": str(folder)})
    if status != 201:
        return f"{status} {model['message']}"
    said = use(model["id"], host.open(model["id"]))
    ended, _ = host.ask("DELETE", f"/api/kernels/{model['id']}")
    return said.strip() if ended == 204 else f"{ended} at its end"


def _said(channel: Channel, code: str) -> str:
    """What it printed, "died", or "failed" if it answered without printing."""
    request = channel.execute(code)

    def is_last(message: dict[str, Any]) -> bool:
        state = message["content"].get("execution_state")
        return message["type"] == "tuningfork_died" or (
            message["parent"] == request and state == "idle"
        )

    heard = channel.until(is_last)
    if heard[-1]["type"] == "tuningfork_died":
        return "died"
    texts = [
        m["content"]["text"] for m in heard if m["type"] == "stream" and m["parent"] == request
    ]
    return "".join(texts) or "failed"


if __name__ == "__main__":
    print(json.dumps(all_traps(sys.argv[1:])))
