"""The process that kernels are forked from: whoever can change it is in every kernel to come.

In a forked kernel the own process was started by the same command. So a number counts only if it
is that of a process which leads a session, as the template does and no attempt.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError
from host.walls.escape.raw import call
from host.walls.escape.stage import Stage

MARK = "host.fork"
_PTRACE_SEIZE = 0x4206


def see_template(stage: Stage) -> str:
    return Path(f"/proc/{_meant(stage)}/cmdline").read_text()


def read_template_map(stage: Stage) -> str:
    return Path(f"/proc/{_meant(stage)}/maps").read_text().splitlines()[0]


def open_template_memory(stage: Stage) -> str:
    """What is written there is run by every kernel from then on."""
    os.close(os.open(f"/proc/{_meant(stage)}/mem", os.O_RDWR))
    return "opened for writing; nothing was written"


def trace_template(stage: Stage) -> str:
    call("ptrace", _PTRACE_SEIZE, _meant(stage), None, None)
    return "attached"


def steal_template_socket(stage: Stage) -> str:
    """Its standard input, over which the host asks for kernels and hears its answers."""
    return f"file {call('pidfd_getfd', os.pidfd_open(_meant(stage)), 0, 0)}"


def freeze_template(stage: Stage) -> str:
    """While it stands still nobody gets a kernel."""
    os.kill(_meant(stage), signal.SIGSTOP)
    os.kill(stage.template, signal.SIGCONT)
    return "stopped and let go on"


def end_template(stage: Stage) -> str:
    os.kill(_meant(stage), signal.SIGKILL)
    return "killed"


def change_python(_stage: Stage) -> str:
    """By the file that the own process was started from, as it lies outside the walls."""
    path = "/proc/self/exe"
    os.chmod(path, os.stat(path).st_mode & 0o7777)
    if os.readlink(path).startswith("/memfd:"):
        raise BlockedError("it is a copy that nobody else starts from")
    return "its rights were set, to what they were"


def _meant(stage: Stage) -> int:
    pid = stage.template
    try:
        if (
            MARK in Path(f"/proc/{pid}/cmdline").read_text()
            and os.getsid(pid) == pid != os.getppid()
        ):
            return pid
    except OSError as error:
        raise BlockedError(f"the process is not seen ({error})") from error
    raise BlockedError("there is another process with its number")


PROBES: tuple[Attempt, ...] = (
    see_template,
    read_template_map,
    open_template_memory,
    trace_template,
    steal_template_socket,
    freeze_template,
    change_python,
    end_template,
)
