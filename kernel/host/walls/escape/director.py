"""Sets the stage and plays three times: behind walls first, while everything is whole, in a kernel
that bubblewrap started and in a forked one; then without walls."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from host.errors import errors_of
from host.fork import supervisor
from host.fork.port import NoStarter, Starter
from host.fork.walled import NAME, register, settle
from host.walls.environment import clean
from host.walls.escape import guard, props
from host.walls.escape.bombs import SHARES
from host.walls.escape.deputy import Deputy
from host.walls.escape.stage import Stage, namespaces
from host.walls.escape.theatre import FOLDER
from host.walls.keyring import leave_keyring
from host.walls.room import Room

_CELL = """
import os, sys
os.environ["HOME"] = {home!r}
from host.walls.escape import suite
suite.tell({facts!r})
"""
#: Without the learning libraries: it is loaded in half a second, and no probe uses them.
_TEMPLATE = """
from host.fork import libraries
libraries.FIRST_USE = libraries.LEARNING = ()
libraries._ours = list
from host.fork.__main__ import main
main()
"""
_SECONDS = 90
_LEARNERS = {"with": "ana", "forked": "dan", "without": "cleo"}
"""Whose kernel each of the plays is."""


async def _play(stage: Stage, room: Room, how: str, starter: Starter) -> list[dict[str, str]]:
    """One kernel, one cell; what it printed."""
    manager: Any = AsyncKernelManager()
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        metadata={"kernel_provisioner": {"provisioner_name": NAME}} if how != "without" else {},
    )
    settle(manager, room, starter)
    props.hold_key()
    with errors_of(room.run, piped=how != "without") as errors:
        await manager.start_kernel(stdout=subprocess.DEVNULL, stderr=errors)
    if how == "forked" and (why := manager.provisioner.cold):
        raise RuntimeError(f"The kernel was not forked: {why}.")
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=30)
    deputy = _deputy(manager.provisioner, room, careful=how != "without")
    home = str(room.home) if how == "without" else "/home/learner"
    said: list[str] = []
    await client.execute_interactive(
        _CELL.format(home=home, facts=asdict(stage)),
        output_hook=lambda message: said.append(_text(message["content"])),
        timeout=_SECONDS,
    )
    client.stop_channels()
    deputy.end()
    await manager.shutdown_kernel(now=True)
    return _outcomes("".join(said))


def _deputy(provisioner: Any, room: Room, *, careful: bool) -> Deputy:
    sandbox = getattr(provisioner, "sandbox", None)
    roots = [provisioner.pid, *([sandbox.first] if sandbox else [])]
    deputy = Deputy(room, roots, careful=careful)
    deputy.start()
    return deputy


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
        template=0,
        ports=ports,
        keys=keys,
    )
    return stage, victims


async def _all(stage: Stage, victims: list[props.Victim]) -> dict[str, Any]:
    folder = Path(FOLDER)
    shared = tuple((folder / "shared").iterdir())
    forking, pid = await _template()
    stage = replace(stage, template=pid)
    result: dict[str, Any] = {}
    for how, learner in _LEARNERS.items():
        before = props.state_of(folder)
        room = Room(folder / "homes" / learner, folder / "run" / "k" / learner, shared, SHARES)
        starter = forking if how == "forked" else NoStarter("off", "")
        result[how] = await _play(replace(stage, run=str(room.run)), room, how, starter)
        ended = [f"process {v.process.pid}" for v in victims if v.process.poll() is not None]
        if forking.template_pid != pid:
            ended.append(f"process {pid}")
        result[f"harmed_{how}"] = [*_harmed(before, room), *ended]
    forking.end()
    return result


async def _template() -> tuple[supervisor.Supervisor, int]:
    """A real one, which has the director's keys, and its number."""
    supervisor.PROGRAM = ["-c", _TEMPLATE]
    props.hold_key()
    forking = supervisor.Supervisor(clean(os.environ), detached=True)
    forking.begin()
    while (pid := forking.template_pid) is None:
        await asyncio.sleep(0.05)
    return forking, pid


def _harmed(before: dict[str, str], room: Room) -> list[str]:
    """What was touched, as seen from here and not by the probes' own words."""
    after = props.state_of(Path(FOLDER))
    own = (str(room.home), str(room.run))
    return [
        path
        for path in sorted({*before, *after})
        if not path.startswith(own) and before.get(path) != after.get(path)
    ]


def main() -> None:
    """Only in the theatre."""
    outside = json.loads(sys.argv[1])
    if any(outside[kind] == name for kind, name in namespaces().items()):
        raise guard.RefusedError("The director works in the theatre only.")
    register()
    stage, victims = _set(outside)
    try:
        print(json.dumps(asyncio.run(_all(stage, victims))))
    finally:
        for victim in victims:
            victim.process.kill()


if __name__ == "__main__":
    main()
