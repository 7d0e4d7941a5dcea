"""Who has kernels ready on this system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from host.fork.port import NoStarter, Starter
from host.fork.supervisor import Supervisor

SWITCH = "TUNINGFORK_FORK"


def choose_starter(environment: Mapping[str, str], *, walls: bool = False) -> Starter:
    """
    Args:
        environment: the variables that kernels have.
        walls: whether they are walled in.
    """
    if os.environ.get(SWITCH) == "0":
        return NoStarter("off", f"{SWITCH}=0")
    if sys.platform != "linux":
        return NoStarter("system", "forking is for Linux only")
    return Supervisor(environment, detached=walls)
