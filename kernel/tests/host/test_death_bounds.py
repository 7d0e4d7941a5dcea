"""The bound that one kernel has, and that a process is held to it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from host.bounds import (
    GIGABYTE,
    VARIABLE,
    BoundRefusedError,
    default_bound,
    kernel_bound,
    put_on,
)


@pytest.mark.parametrize(
    ("machine", "bound"), [(1, 0.5), (2, 1), (4, 3), (8, 6.4), (24, 19.2), (128, 102.4)]
)
def test_without_a_setting_a_fifth_is_left_for_the_rest(machine: float, bound: float) -> None:
    found = default_bound(round(machine * GIGABYTE))
    assert found == pytest.approx(bound * GIGABYTE, rel=1e-6)
    assert kernel_bound({}, machine * GIGABYTE) == found


def test_the_setting_is_in_megabytes_and_nothing_means_no_bound() -> None:
    assert kernel_bound({VARIABLE: " 2048 "}, 8 * GIGABYTE) == 2 * GIGABYTE
    assert kernel_bound({VARIABLE: "0"}, 8 * GIGABYTE) is None
    assert kernel_bound({VARIABLE: ""}, 8 * GIGABYTE) == default_bound(8 * GIGABYTE)


@pytest.mark.parametrize("text", ["many", "-1", "2.5", "4G", "100"])
def test_a_setting_that_cannot_work_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(BoundRefusedError, match=rf"{VARIABLE}={text}"):
        kernel_bound({VARIABLE: text}, 8 * GIGABYTE)


def test_a_process_that_runs_is_held_to_it_and_its_children_are() -> None:
    code = """
import subprocess, sys
input()
try:
    bytearray(900 * 2**20)
except MemoryError:
    print("refused")
child = "bytearray(100 * 2**20); print('small'); bytearray(900 * 2**20)"
done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True)
print(done.stdout.strip(), "MemoryError" in done.stderr)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        put_on(process.pid, 600 * 2**20)
        said, _ = process.communicate("\n")
    assert said.split() == ["refused", "small", "True"]


def test_a_process_that_has_ended_and_no_bound_are_no_trouble() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    put_on(process.pid, GIGABYTE)
    put_on(process.pid, None)
