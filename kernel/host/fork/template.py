"""The template process: loads everything, then forks a kernel each time it is asked.

Its standard input is the control socket, and it ends when that closes. It has one thread and never
computes with tensors: a fork of a process with more threads, or one that has computed, may hang.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import socket
import traceback
from pathlib import Path

from host.fork import libraries
from host.fork.child import become_kernel
from host.fork.pages import make_large
from host.fork.protocol import next_link, packed

_CONTROL = 0
_LOOK_S = 0.02
_PR_SET_PDEATHSIG = 1


class UnfitError(Exception):
    """This process must not be forked; the text says why."""


def run() -> None:
    """Serve; in a forked child, be a kernel."""
    _end_with_host()
    control = socket.socket(fileno=_CONTROL)
    gc.disable()
    traces = libraries.load_kernel()
    missing = libraries.load_learning(traces)
    check_fit()
    gc.collect()
    # The collector writes into every object it looks at, and what is written to is no longer
    # shared: frozen objects are left alone.
    gc.freeze()
    make_large()
    control.sendall(packed({"ready": os.getpid(), "missing": missing}))
    link = serve(control)
    if link is not None:
        control.detach()
        become_kernel(link, traces)


def _end_with_host() -> None:
    """At once, in the middle of loading too: the next host begins with a template of its own.

    Forks do not inherit this.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(control: socket.socket) -> socket.socket | None:
    """Fork for each socket that comes. Returns in each child, with its socket, and at the end."""
    while (link := _await_link(control)) is not None:
        try:
            child = os.fork()
        except OSError:
            traceback.print_exc()
            link.close()
            continue
        if child == 0:
            return link
        link.close()
    return None


def _await_link(control: socket.socket) -> socket.socket | None:
    """Meanwhile collect the children: each forks the kernel itself and ends."""
    while _has_children():
        if select.select([control], [], [], _LOOK_S)[0]:
            break
    return next_link(control)


def _has_children() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def check_fit() -> None:
    """Look whether this process can be forked.

    Raises:
        UnfitError: it has threads, or a graphics card's driver.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise UnfitError(f"After loading, the template has {threads} threads; it must have one.")
    if "/libcuda.so" in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace"):
        raise UnfitError("A library has started the graphics card's driver while it was loaded.")
