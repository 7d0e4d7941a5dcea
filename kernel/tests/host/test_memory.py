"""What the gauge sees of a process, before and after its end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from host import memory
from host.memory import MEGABYTE, Gauge


def test_the_last_sample_of_a_living_process_is_kept() -> None:
    code = "x = bytearray(50 * 2**20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        gauge = Gauge(process.pid)
        gauge.sample()
        process.kill()
        process.wait()
        gauge.sample()
    assert 50 * MEGABYTE < gauge.resident < 200 * MEGABYTE
    assert not gauge.ran_out()


def test_a_kill_by_the_system_within_the_last_seconds_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kills = iter([4, 5])
    monkeypatch.setattr(memory, "_kills_by_system", lambda: next(kills))
    gauge = Gauge(os.getpid())
    gauge.sample()
    assert gauge.ran_out()


def test_a_process_that_held_nearly_everything_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = Gauge(os.getpid())
    gauge.sample()
    monkeypatch.setattr(gauge, "_limit", gauge.resident)
    assert gauge.ran_out()
