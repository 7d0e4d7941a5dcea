"""From a copy of the template to a kernel like any other.

What the copy shares with its brothers and must not: open files, session and process group,
environment, folder, random states, keys, number of threads. What it shares and may: everything
loaded. After this, nothing in a kernel tells how it was started but the speed.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from host.fork.blas import use_threads
from host.fork.entering import step_inside
from host.fork.handlers import move_to_cells
from host.fork.leave import end_with
from host.fork.libraries import Traces
from host.fork.protocol import GO, UNSEEN, Request, packed, receive_request
from host.fork.settling import draw_new_numbers, use_environment, use_place

_ADOPTION_S = 5.0
_LAST_FILE = 2**16


def become_kernel(link: socket.socket, traces: Traces) -> None:
    """Read the order, be a kernel until its end, then return."""
    end_with(1)
    try:
        request = _settle(link, traces)
        app = _make_kernel(request, traces)
        if _is_wanted(link):
            app.start()
            end_with(0)
    except SystemExit as error:
        end_with(error.code if isinstance(error.code, int) else 1)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)


def _settle(link: socket.socket, traces: Traces) -> Request:
    os.set_inheritable(link.fileno(), False)
    request, files = receive_request(link)
    _keep_only(files[:3], [link.fileno(), *files[3:]])
    if request.door:
        step_inside(link, request.door, files[3:])
    else:
        _leave_template(request.parent)
    use_environment({**traces.variables, **request.environment})
    use_place(request.command, request.folder)
    draw_new_numbers()
    use_threads(request.environment)
    return request


def _keep_only(streams: Sequence[int], others: Sequence[int]) -> None:
    """`streams` become 0, 1 and 2; all files but those and `others` are closed."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for before, after in pairwise([2, *sorted(others), _LAST_FILE]):
        os.closerange(before + 1, after)


def _leave_template(parent: int) -> None:
    """Return in a child of the host's: what the template has forked ends."""
    if os.fork():
        os._exit(0)
    os.setsid()
    # The kernel looks who its parent is, once, to notice when it has gone.
    deadline = time.monotonic() + _ADOPTION_S
    while os.getppid() != parent:
        if time.monotonic() > deadline:
            raise RuntimeError("The kernel host did not become the parent of its kernel.")
        time.sleep(0.001)


def _make_kernel(request: Request, traces: Traces) -> Any:
    # Not before the template has loaded Jupyter's kernel.
    from host.fork.beginning import begin_kernel

    # Jupyter's default was read from the template's environment.
    parent = UNSEEN if request.door else request.parent
    app = begin_kernel([*request.command[3:], f"--IPKernelApp.parent_handle={parent}"], traces)
    move_to_cells(traces.handlers)
    gc.enable()
    return app


def _is_wanted(link: socket.socket) -> bool:
    with link:
        link.sendall(packed({"pid": os.getpid()}))
        return link.recv(1) == GO
