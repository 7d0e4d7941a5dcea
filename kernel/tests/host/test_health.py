"""What the host says of itself and its kernels, and how it measures processes."""

from __future__ import annotations

import grp
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from host.runtime import RuntimeRefusedError, open_runtime
from host.usage import Ledger, owners_of

from .conftest import Host

MEGABYTE = 2**20
_CHILD = "import time; kept = b'x' * 40_000_000; time.sleep(60)"
_PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {_CHILD!r}])
kept = b"y" * 30_000_000
until = time.process_time() + 0.3
while time.process_time() < until: pass
print("ready", flush=True)
child.wait()
"""


def test_a_process_belongs_to_the_nearest_root_above_it() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 11, 21: 20, 30: 1}
    assert owners_of(parents, {10, 20}) == {10: 10, 11: 10, 12: 10, 20: 20, 21: 20}
    assert owners_of(parents, set()) == {}


def test_a_ring_of_parents_ends() -> None:
    assert owners_of({2: 3, 3: 2}, {9}) == {}


@contextmanager
def _family() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_tree_is_measured_as_one() -> None:
    with _family() as process:
        ledger = Ledger(budget=5.0)
        _until(lambda: (ledger.look([process.pid])[process.pid].memory or 0) > 70 * MEGABYTE * 0.95)
        use = ledger.look([process.pid])[process.pid]
        assert use.processes == 2
        assert use.cpu >= 0.3
        assert 0 <= time.time() - use.since < 60
        assert not use.stopped
        os.kill(process.pid, signal.SIGSTOP)
        _until(lambda: ledger.look([process.pid])[process.pid].stopped)
        ours = ledger.look([os.getpid(), process.pid])
        assert ours[process.pid].processes == 2
        assert ours[os.getpid()].processes < 10


def test_without_time_each_look_reads_one_more_and_the_others_are_known_from_before() -> None:
    with _family() as one, _family() as two:
        ledger = Ledger(budget=0.0)
        pids = [one.pid, two.pid]
        first = ledger.look(pids)
        assert sorted(use.memory is None for use in first.values()) == [False, True]
        for _ in range(3):
            last = ledger.look(pids)
        assert all((use.memory or 0) > 70 * MEGABYTE * 0.95 for use in last.values())


def test_what_has_ended_is_forgotten() -> None:
    ledger = Ledger(budget=5.0)
    with _family() as process:
        assert process.pid in ledger.look([process.pid])
    assert ledger.look([process.pid]) == {}


@pytest.mark.timeout(60)
def test_the_host_tells_how_it_and_its_kernels_are_and_nothing_secret(
    host: Host, folder: Path
) -> None:
    assert host.ask("GET", "/api/health", token="")[0] == 403
    assert host.ask("GET", "/api/health", token="wrong")[0] == 403
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    channel.idle(channel.execute("secret_of_a_learner = b'x' * 60_000_000"))
    facts = _facts(host, lambda facts: (facts["kernels"][0]["memory"] or 0) > 60_000_000)
    assert facts["walls"] == {"on": False, "tier": None}
    assert facts["host"]["pid"] == host.process.pid
    assert facts["host"]["memory"] > 20 * MEGABYTE
    assert facts["template"] == {"pid": None, "kind": "template", "why_not": "off"}
    (found,) = facts["kernels"]
    assert found["id"] == kernel
    assert found["state"] == "idle"
    assert (found["started"], found["cold_because"]) == ("cold", "off")
    assert found["cpu"] > 0.1
    assert found["bound"] > 2**30
    assert not found["stopped"]
    whole = json.dumps(facts)
    for secret in (host.facts["token"], str(folder), "secret_of_a_learner"):
        assert secret not in whole


def _facts(host: Host, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def look() -> bool:
        status, answer = host.ask("GET", "/api/health")
        assert status == 200
        found.update(answer)
        return fits(found)

    _until(look)
    return found


@pytest.mark.timeout(60)
def test_a_group_may_reach_the_socket_and_nothing_behind_it(folder: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    host = Host(folder / "run", "--group", group)
    try:
        host.start_kernel(folder / "work")
        modes = {
            name: stat.S_IMODE((host.runtime / name).stat().st_mode)
            for name in (".", "host.json", "jupyter.sock", "k", "jupyter")
        }
        assert modes.pop(".") == 0o2710
        assert (modes.pop("host.json"), modes.pop("jupyter.sock")) == (0o640, 0o660)
        assert all(mode & 0o077 == 0 for mode in modes.values()), modes
        assert host.ask("GET", "/api/health")[1]["host"]["uid"] == os.geteuid()
    finally:
        host.stop()


def test_a_group_that_is_not_ours_is_refused(folder: Path) -> None:
    with pytest.raises(RuntimeRefusedError, match="no-such-group"):
        open_runtime(folder / "run", "no-such-group")
