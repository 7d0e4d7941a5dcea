"""What makes a loaded process this one kernel: variables, place and, for a copy, own numbers.

For a fork of the template, and for a process of the pool, which was started and waited. So nothing
here is of one system only.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from types import ModuleType

LAUNCHER = "ipykernel_launcher"


def use_environment(variables: Mapping[str, str]) -> None:
    """Have these variables and no others."""
    os.environ.clear()
    os.environ.update(variables)
    # Windows has none: there the time zone is not a variable.
    if hasattr(time, "tzset"):
        time.tzset()


def use_place(command: Sequence[str], folder: str) -> None:
    """Work in `folder`, as if started by `command`."""
    os.chdir(folder)
    sys.orig_argv = list(command)
    sys.argv = [find_launcher() or "", *command[3:]]
    tempfile.tempdir = None


def find_launcher() -> str | None:
    """File of the module that an ordinary start runs."""
    spec = importlib.util.find_spec(LAUNCHER)
    return spec.origin if spec else None


def draw_new_numbers() -> None:
    """A fork has the random states of all other forks; `random` alone notices by itself."""
    random.seed()
    multiprocessing.current_process().authkey = os.urandom(32)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        _seed_torch(sys.modules["torch"])


def _seed_torch(torch: ModuleType) -> None:
    """One built for processors alone has one generator; asking it about cards takes 5 ms."""
    cards = any(getattr(torch.version, name, None) for name in ("cuda", "hip", "xpu"))
    (torch if cards else torch.default_generator).seed()
