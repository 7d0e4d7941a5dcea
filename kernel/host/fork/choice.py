"""Who has kernels ready on this system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from host.fork.port import NoStarter, Starter
from host.fork.supervisor import Supervisor
from host.pool.pool import Pool
from host.settings import number

SWITCH = "TUNINGFORK_FORK"
SIZE = "TUNINGFORK_POOL"
_SIZE = 1


def choose_starter(environment: Mapping[str, str], *, walls: bool = False) -> Starter:
    """
    Args:
        environment: the variables that kernels have.
        walls: whether they are walled in.

    Raises:
        SettingRefusedError: the size of the pool is no number.
    """
    switch = os.environ.get(SWITCH)
    if switch == "0":
        return NoStarter("off", f"{SWITCH}=0")
    if sys.platform == "linux" and switch != "pool":
        return Supervisor(environment, detached=walls)
    size = number(os.environ, SIZE, _SIZE, unit="processes", zero="none")
    if size < 1:
        return NoStarter("off", f"{SIZE}={size:g}")
    if walls:
        return NoStarter("walls", "a process of the pool cannot be walled in")
    return Pool(environment, int(size))
