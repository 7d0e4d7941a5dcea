"""What the gauge sees of a process, before and after its end, and of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from host import memory
from host.memory import MEGABYTE, Gauge, Kills, System, count_kills, free_memory, machine_memory


def test_the_last_sample_of_a_living_process_is_kept() -> None:
    code = "x = bytearray(50 * 2**20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        gauge = Gauge(process.pid)
        gauge.sample()
        assert gauge.kept() > 50 * MEGABYTE
        process.kill()
        process.wait()
        gauge.sample()
    assert 50 * MEGABYTE < gauge.last.held < 200 * MEGABYTE
    assert gauge.kills() == Kills()


def test_kills_of_the_last_seconds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter([4, 5])
    monkeypatch.setattr(memory, "count_kills", lambda: next(kills))
    system = System()
    monkeypatch.setattr(memory, "the_system", lambda: system)
    gauge = Gauge(os.getpid())
    # The machine was looked at when its look began: no number is taken out of the list here.
    system._due = float("inf")
    gauge.sample()
    assert gauge.kills() == Kills(machine=1)


@pytest.mark.parametrize("name", ["memory.events", "memory.oom_control"])
def test_kills_in_the_kernels_own_group_are_told_apart(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    gauge = Gauge(os.getpid(), tmp_path)
    gauge.sample()
    (tmp_path / name).write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert gauge.kills().group == 1


@pytest.mark.parametrize(
    ("limit", "used"),
    [("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")],
)
def test_the_machine_is_no_larger_than_the_group_we_are_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, used: str
) -> None:
    monkeypatch.setattr(memory, "_own_group", lambda: tmp_path)
    whole = machine_memory()
    (tmp_path / limit).write_text(f"{100 * MEGABYTE}\n")
    (tmp_path / used).write_text(f"{70 * MEGABYTE}\n")
    (tmp_path / "memory.stat").write_text(f"cache 1\ninactive_file {20 * MEGABYTE}\n")
    assert machine_memory() == 100 * MEGABYTE < whole
    assert free_memory(machine_memory()) == 50 * MEGABYTE


def test_this_machine_counts() -> None:
    assert count_kills() >= 0
    assert 0 < free_memory(machine_memory()) <= machine_memory()
