"""Whether what was loaded in advance fits the kernel that is asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from host.fork.port import NotReadyError, Order
from host.fork.variables import differing

_LAUNCH = ["-m", "ipykernel_launcher"]


def refuse_other(order: Order, environment: Mapping[str, str]) -> None:
    """
    Args:
        environment: the variables with which the libraries were loaded.

    Raises:
        NotReadyError: it is another kind of kernel, or its libraries would be loaded differently.
    """
    if list(order.command[:3]) != [sys.executable, *_LAUNCH]:
        raise NotReadyError("command", "the kernel is not ipykernel in this Python")
    others = differing(order.environment, environment)
    if others:
        raise NotReadyError("environment", f"the variables differ: {', '.join(others)}")
