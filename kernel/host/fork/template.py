"""The template process: loads everything, then forks a kernel each time it is asked.

Its standard input is the control socket, and it ends when that closes. It has one thread and never
computes with tensors: a fork of a process with more threads, or one that has computed, may hang.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import traceback
from pathlib import Path

from host.fork import libraries
from host.fork.child import become_kernel
from host.fork.protocol import next_link, packed

_CONTROL = 0
_PR_SET_PDEATHSIG = 1


class UnfitError(Exception):
    """This process must not be forked; the text says why."""


def run() -> None:
    """Serve; in a forked child, be a kernel."""
    _end_with_host()
    control = socket.socket(fileno=_CONTROL)
    gc.disable()
    traces = libraries.load_kernel()
    missing = libraries.load_learning()
    check_fit()
    gc.collect()
    # The collector writes into every object it looks at, and what is written to is no longer
    # shared: frozen objects are left alone.
    gc.freeze()
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
    while (link := next_link(control)) is not None:
        try:
            between = os.fork()
        except OSError:
            traceback.print_exc()
            link.close()
            continue
        if between == 0:
            _fork_again()
            return link
        link.close()
        os.waitpid(between, 0)
    return None


def _fork_again() -> None:
    """End the process in between at once: the kernel becomes the host's child, not ours."""
    try:
        kernel = os.fork()
    except OSError:
        traceback.print_exc()
        os._exit(1)
    if kernel:
        os._exit(0)


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
