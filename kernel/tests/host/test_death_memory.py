"""Kernels that ask for more memory than they may have: an error in words and a kernel that lives, or
an end that is told with its cause."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Channel, Host
from .forking import ask, death, run

BOUND_MB = 1024


@pytest.fixture(scope="module")
def bounded() -> Iterator[Host]:
    """A host whose kernels may have 1 GB."""
    with tempfile.TemporaryDirectory(prefix="tf-", ignore_cleanup_errors=True) as folder:
        env = {"TUNINGFORK_KERNEL_MEMORY_MB": str(BOUND_MB)}
        host = Host(Path(folder) / "run", env=env)
        yield host
        host.stop()


@pytest.fixture
def channel(bounded: Host) -> Channel:
    return bounded.open(bounded.start_kernel(bounded.runtime.parent / "work"))


def error_of(channel: Channel, code: str) -> dict[str, Any]:
    """The error in which a cell ended."""
    request = channel.execute(code)
    (error,) = (m["content"] for m in channel.idle(request) if m["type"] == "error")
    return dict(error)


def test_one_request_that_is_too_large_is_told_in_words(channel: Channel) -> None:
    error = error_of(channel, "big = bytearray(3 * 2**30)")
    assert error["ename"] == "MemoryError"
    assert "may have 1.0 GB" in error["evalue"]
    assert "delete what you no longer need" in error["evalue"]
    assert "big = bytearray" in "".join(error["traceback"])
    assert ask(channel, "len(bytearray(2**20))") == 2**20


@pytest.mark.parametrize("piece", ["bytearray(100_000)", "[None] * 40"])
def test_one_that_is_full_to_the_brim_lives_and_can_make_room(channel: Channel, piece: str) -> None:
    error = error_of(channel, f"kept = []\nwhile True: kept.append({piece})")
    assert error["ename"] == "MemoryError"
    assert ask(channel, "(most := len(kept)) > 1000") is True
    run(channel, "del kept")
    assert ask(channel, f"len([{piece} for _ in range(most // 2)]) > 500") is True
    # The bound is as it was.
    assert error_of(channel, "bytearray(1100 * 2**20)")["ename"] == "MemoryError"


def test_what_a_failed_cell_worked_with_is_let_go(channel: Channel) -> None:
    code = """
def work():
    table = bytearray(600 * 2**20)
    return table + bytearray(600 * 2**20)
work()
"""
    for _ in range(3):
        assert error_of(channel, code)["ename"] == "MemoryError"
    assert ask(channel, "len(bytearray(700 * 2**20))") == 700 * 2**20


def test_a_bound_is_no_wall_for_other_errors(channel: Channel) -> None:
    error = error_of(channel, "raise RuntimeError('an ordinary one')")
    assert (error["ename"], error["evalue"]) == ("RuntimeError", "an ordinary one")


def test_memory_that_no_error_bounds_ends_the_kernel_and_is_told(channel: Channel) -> None:
    channel.execute(
        "import mmap, time\nshared = mmap.mmap(-1, 2 * 2**30)\n"
        "for _ in range(1300): shared.write(bytes(2**20))\ntime.sleep(60)"
    )
    facts = death(channel)
    assert (facts["cause"], facts["sure"], facts["signal"]) == ("bound", True, "SIGKILL")
    assert facts["bound_mb"] == BOUND_MB
    assert facts["memory_mb"] > BOUND_MB


TRAINING = """
import torch
from tuningfork import TrainConfig, load_data, load_model, train
torch.set_num_threads(1)
data = load_data("opinions", n=1200, seed=5, length_sigma=1.0)
model, _ = load_model("tiny-distilbert", labels=data.labels)
config = TrainConfig(max_steps=1, per_device_train_batch_size=1200, packing=False, warmup_steps=0)
run = train(model, data, None, config)
print([row["micro_batch"] for row in run.log])
"""


def test_a_training_that_does_not_fit_takes_fewer_rows_and_ends(channel: Channel) -> None:
    assert max(map(int, run(channel, TRAINING).splitlines()[-1].strip("[]").split(", "))) < 1200
    assert run(channel, "print(run.state, 6 * 7)") == "finished 42\n"
    error = error_of(channel, "torch.ones(4096, 4096, 100)")
    assert error["ename"] == "MemoryError"
    assert "Python said" in error["evalue"]
    # And when it is killed at its work, that is told, with what it was at.
    channel.execute(
        "import os\nclass Killer:\n    def on_step_end(self, args, state, control, **more):\n"
        "        if state.global_step == 2: os.abort()\n"
        "config = TrainConfig(max_steps=9, per_device_train_batch_size=8)\n"
        "train(model, data, None, config, callbacks=[Killer()])"
    )
    facts = death(channel)
    assert (facts["cause"], facts["signal"]) == ("fault", "SIGABRT")
    assert facts["doing"]["kind"] == "training"
    assert (facts["doing"]["step"], facts["doing"]["of"]) == (1, 9)
    assert "on_step_end" in facts["where"]


def test_a_setting_that_cannot_work_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="TUNINGFORK_KERNEL_MEMORY_MB=10 is too little"):
        Host(tmp_path / "run", env={"TUNINGFORK_KERNEL_MEMORY_MB": "10"})
