"""A copy of the kernel that a cell has made with `os.fork()` is no second kernel.

It has the sockets and the loop of the kernel in its hands, and would answer for it. So it ends
where a program of its own would end: when the cell is over, when something is raised, when it wants
to. What it prints goes to the cell. Worker processes of `multiprocessing` and PyTorch end by
themselves before they come here.
"""

from __future__ import annotations

import os
import selectors
import sys
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from IPython.core.interactiveshell import InteractiveShell

from host.inside.tracebacks import told

_kernel_pid = 0


def end_children_with_cells(shell: InteractiveShell) -> None:
    """From now on. Windows has no such copies."""
    global _kernel_pid
    _kernel_pid = os.getpid()
    shell.events.register("post_execute", _leave_if_child)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_let_go)


def end_child(error: BaseException) -> None:
    """In such a copy, something was raised that the cell did not catch: tell it, and end."""
    if not _is_child():
        return
    if isinstance(error, SystemExit):
        _leave(_code_of(error))
    lines = told(error, error.__traceback__, lambda file: f'File "{file}"')
    print(*lines, sep="\n", file=sys.stderr)
    _leave(1)


def _leave_if_child() -> None:
    if _is_child():
        _leave(0)


def _is_child() -> bool:
    return os.getpid() != _kernel_pid


def _code_of(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _let_go() -> None:
    """Right after the fork. What waits in the kernel's loop is the kernel's."""
    kernel: Any = IPKernelApp.instance().kernel
    # Its question would be asked, and the answer taken, through the kernel's socket.
    kernel._allow_stdin = False
    loop: Any = getattr(kernel.io_loop, "asyncio_loop", None)
    if loop is not None and hasattr(loop, "_selector"):
        # The old one is the same object of the system as the kernel's.
        loop._selector = selectors.DefaultSelector()
        loop._ready.clear()
        loop._scheduled.clear()
