"""A process of the pool, from its start to the end of the kernel that it becomes.

It hears one order on its standard input and speaks on its standard output, which is a pipe to the
host (`waiting.py` says what passes). Before anything is loaded that pipe is put away, so that no
library writes to it.

Unlike the template it has the kernel's own variables from the beginning, so libraries have as many
threads as they will have, and it may have threads itself: nobody forks it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from host.fork import libraries
from host.fork.handlers import move_to_cells
from host.fork.leave import end_with
from host.fork.libraries import Traces
from host.fork.settling import use_environment, use_place

_BINARY = getattr(os, "O_BINARY", 0)
"""Only Windows tells text from bytes."""


def run() -> None:
    """Load, wait for the order, be a kernel until its end, then return."""
    # An interrupt typed in the host's terminal reaches its whole group, this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    voice = _put_away(1)
    gc.disable()
    traces = libraries.load_kernel()
    missing = libraries.load_learning(traces)
    gc.collect()
    _say(voice, {"ready": os.getpid(), "missing": missing})
    order = sys.stdin.buffer.readline()
    # Anything less than a line: the host has gone.
    if order.endswith(b"\n"):
        _become_kernel(json.loads(order), traces, voice)


def _become_kernel(order: Mapping[str, Any], traces: Traces, voice: int) -> None:
    end_with(1)
    try:
        app = _make_kernel(order, traces)
        _say(voice, {"pid": os.getpid()})
        os.close(voice)
        app.start()
        end_with(0)
    except SystemExit as error:
        end_with(error.code if isinstance(error.code, int) else 1)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)


def _make_kernel(order: Mapping[str, Any], traces: Traces) -> Any:
    # Not before Jupyter's kernel was loaded.
    from host.fork.beginning import begin_kernel

    _turn(2, order["errors"])
    use_environment({**traces.variables, **order["environment"]})
    use_place(order["command"], order["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    app = begin_kernel(order["command"][3:], traces)
    move_to_cells(traces.handlers)
    gc.enable()
    return app


def _put_away(number: int) -> int:
    """Another number for that file, which programs started from here do not get."""
    copy = os.dup(number)
    _turn(number, os.devnull)
    return copy


def _turn(number: int, path: str) -> None:
    """What is written to that number goes there from now on, behind what is there."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | _BINARY)
    os.dup2(file, number)
    os.close(file)


def _say(voice: int, message: Mapping[str, Any]) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(voice, line) :]
