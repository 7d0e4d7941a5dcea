"""One core is left to others, whichever is loaded first, unless somebody wants it otherwise."""

import subprocess
import sys
from pathlib import Path

import pytest

from tuningfork.threads import cores

KERNEL = Path(__file__).parents[1]
_ASK = "import os; print(torch.get_num_threads(), os.environ.get('OMP_WAIT_POLICY'))"


def _threads(program: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{program}; {_ASK}"],
        env={"PYTHONPATH": str(KERNEL), "PATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()[-2:]


LEFT = str(max(1, cores() - 1))


@pytest.mark.parametrize(
    ("program", "policy"),
    [
        ("import tuningfork; tuningfork.load_model('tiny-gpt2'); import torch", "PASSIVE"),
        ("import torch, tuningfork; tuningfork.load_model('tiny-gpt2')", "None"),
    ],
)
def test_one_core_is_left(program: str, policy: str) -> None:
    assert _threads(program) == [LEFT, policy]


@pytest.mark.parametrize("first", ["tuningfork", "torch"])
def test_what_somebody_has_set_stays(first: str) -> None:
    program = f"import {first}, torch, tuningfork; tuningfork.load_model('tiny-gpt2')"
    given = {"OMP_NUM_THREADS": str(cores()), "OMP_WAIT_POLICY": "ACTIVE"}
    assert _threads(program, **given) == [str(cores()), "ACTIVE"]
