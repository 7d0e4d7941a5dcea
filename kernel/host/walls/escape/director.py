"""Sets the stage and plays twice: behind walls first, while everything is whole, then without."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from host.walls.escape import guard, props
from host.walls.escape.bombs import SHARES
from host.walls.escape.stage import Stage, namespaces
from host.walls.escape.theatre import FOLDER
from host.walls.keyring import leave_keyring
from host.walls.provisioner import NAME, register, settle
from host.walls.room import Room

_CELL = """
import os, sys
os.environ["HOME"] = {home!r}
from host.walls.escape import suite
suite.tell({facts!r})
"""
_SECONDS = 90


async def _play(stage: Stage, room: Room, walls: bool) -> list[dict[str, str]]:
    """One kernel, one cell; what it printed."""
    manager: Any = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        metadata={"kernel_provisioner": {"provisioner_name": NAME}} if walls else {},
    )
    settle(manager, room)
    props.hold_key()
    manager.room = room
    await manager.start_kernel(stdout=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=30)
    home = "/home/learner" if walls else str(room.home)
    said: list[str] = []
    await client.execute_interactive(
        _CELL.format(home=home, facts=asdict(stage)),
        output_hook=lambda message: said.append(_text(message["content"])),
        timeout=_SECONDS,
    )
    client.stop_channels()
    await manager.shutdown_kernel(now=True)
    return _outcomes("".join(said))


def _text(content: dict[str, Any]) -> str:
    return content.get("text") or "\n".join(content.get("traceback", []))


def _outcomes(text: str) -> list[dict[str, str]]:
    line = next((line for line in text.splitlines() if line.startswith("[")), None)
    if line is None:
        raise RuntimeError(f"The probes said nothing that can be read: {text}")
    outcomes: list[dict[str, str]] = json.loads(line)
    return outcomes


def _set(outside: dict[str, str]) -> tuple[Stage, list[props.Victim]]:
    folder = Path(FOLDER)
    leave_keyring()
    props.give_addresses()
    props.write_files(folder)
    ports = props.open_sockets(folder)
    keys = props.make_keys()
    victims = [props.start_victim(folder / "homes" / "bo") for _ in range(2)]
    stage = Stage(
        outside=outside,
        folder=FOLDER,
        run="",
        victim=victims[0].process.pid,
        victim_address=victims[0].address,
        sacrifice=victims[1].process.pid,
        ports=ports,
        keys=keys,
    )
    return stage, victims


async def _both(stage: Stage, victims: list[props.Victim]) -> dict[str, Any]:
    folder = Path(FOLDER)
    shared = tuple((folder / "shared").iterdir())
    result: dict[str, Any] = {}
    before = props.state_of(folder)
    for name, walls in (("with", True), ("without", False)):
        learner = "ana" if walls else "cleo"
        room = Room(folder / "homes" / learner, folder / "run" / "k" / learner, shared, SHARES)
        result[name] = await _play(replace(stage, run=str(room.run)), room, walls)
        result[f"harmed_{name}"] = _harmed(before, room, victims)
    return result


def _harmed(before: dict[str, str], room: Room, victims: list[props.Victim]) -> list[str]:
    """What was touched, as seen from here and not by the probes' own words."""
    after = props.state_of(Path(FOLDER))
    own = (str(room.home), str(room.run))
    changed = [
        path
        for path in sorted({*before, *after})
        if not path.startswith(own) and before.get(path) != after.get(path)
    ]
    ended = [f"process {v.process.pid}" for v in victims if v.process.poll() is not None]
    return [*changed, *ended]


def main() -> None:
    """Only in the theatre."""
    outside = json.loads(sys.argv[1])
    if any(outside[kind] == name for kind, name in namespaces().items()):
        raise guard.RefusedError("The director works in the theatre only.")
    register()
    stage, victims = _set(outside)
    try:
        print(json.dumps(asyncio.run(_both(stage, victims))))
    finally:
        for victim in victims:
            victim.process.kill()


if __name__ == "__main__":
    main()
