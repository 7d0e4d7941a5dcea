"""When machine code ends this Python (SIGSEGV, SIGABRT …): where in Python that was, for the host.

Python's own `faulthandler` writes it as the process ends. It needs the real standard error, which
the host hears (host/errors.py): what ipykernel has put in its place ends with the process.
"""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Callable
from typing import Any


def tell_faults() -> None:
    """From now on. Nothing happens where the real standard error is not known."""
    real = getattr(sys.stderr, "_original_stdstream_copy", None)
    if isinstance(real, int):
        faulthandler.enable(file=real, all_threads=False)
        _keep(real)


def _keep(real: int) -> None:
    """Who turns it on in a cell means Python's standard error, which here ends with the process."""
    plain: Callable[..., None] = faulthandler.enable

    def enable(file: Any = None, all_threads: bool = True, **more: Any) -> None:
        plain(real if file is None else file, all_threads, **more)

    module: Any = faulthandler
    module.enable = enable
