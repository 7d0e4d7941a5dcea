"""Other processes: to see them, to read their memory, to stop and to end them.

Numbers of processes mean something else in another namespace. So every attempt first looks whether
the process with the number is the one that is meant.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError, secret_in
from host.walls.escape.raw import Piece, call
from host.walls.escape.stage import Stage

MARK = "tuningfork-victim"
_PTRACE_SEIZE = 0x4206


def see_others(stage: Stage) -> str:
    numbers = [name for name in os.listdir("/proc") if name.isdigit()]
    if str(stage.victim) not in numbers or not _is_meant(stage.victim):
        raise BlockedError(f"only {len(numbers)} processes are seen, not the other's")
    return f"{len(numbers)} processes"


def read_command_line(stage: Stage) -> str:
    return secret_in(_of(stage.victim, "cmdline").read_bytes())


def read_environment(stage: Stage) -> str:
    return secret_in(_of(stage.victim, "environ").read_bytes())


def read_first_environment(_stage: Stage) -> str:
    """Of the namespace's first process: the variables of whoever started it all."""
    return secret_in(Path("/proc/1/environ").read_bytes())


def read_own_first_environment(_stage: Stage) -> str:
    return secret_in(Path("/proc/self/environ").read_bytes())


def read_open_file(stage: Stage) -> str:
    """A file that has no name any more is still open in the other's process."""
    return secret_in(_of(stage.victim, "fd/9").read_bytes())


def read_map_of_memory(stage: Stage) -> str:
    return _of(stage.victim, "maps").read_text().splitlines()[0]


def read_memory_file(stage: Stage) -> str:
    with _of(stage.victim, "mem").open("rb", buffering=0) as memory:
        memory.seek(stage.victim_address)
        return secret_in(memory.read(16))


def read_memory(stage: Stage) -> str:
    text = ctypes.create_string_buffer(16)
    here = Piece(ctypes.addressof(text), 16)
    there = Piece(stage.victim_address, 16)
    victim = _meant(stage.victim)
    call("process_vm_readv", victim, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return secret_in(text.raw)


def trace(stage: Stage) -> str:
    call("ptrace", _PTRACE_SEIZE, _meant(stage.victim), None, None)
    return "attached"


def steal_open_file(stage: Stage) -> str:
    victim = os.pidfd_open(_meant(stage.victim))
    return secret_in(os.pread(call("pidfd_getfd", victim, 9, 0), 100, 0))


def look_into_folder(stage: Stage) -> str:
    return str(os.listdir(_of(stage.victim, "cwd")))


def look_through_root(stage: Stage) -> str:
    return secret_in((_of(stage.victim, "root") / str(stage.other)[1:] / "essay.txt").read_text())


def send_signal(stage: Stage) -> str:
    os.kill(_meant(stage.victim), signal.SIGUSR1)
    return "SIGUSR1"


def freeze(stage: Stage) -> str:
    os.kill(_meant(stage.victim), signal.SIGSTOP)
    os.kill(stage.victim, signal.SIGCONT)
    return "stopped and let go on"


def kill(stage: Stage) -> str:
    os.kill(_meant(stage.sacrifice), signal.SIGKILL)
    return "killed"


def slow_down(stage: Stage) -> str:
    os.setpriority(os.PRIO_PROCESS, _meant(stage.victim), 19)
    return "nice 19"


def tie_to_one_core(stage: Stage) -> str:
    os.sched_setaffinity(_meant(stage.victim), {0})
    return "on core 0"


def limit_other(stage: Stage) -> str:
    resource.prlimit(_meant(stage.victim), resource.RLIMIT_CORE, (0, 0))
    return "limited"


def choose_for_killing(stage: Stage) -> str:
    """Linux ends the process with the highest score when memory runs out."""
    _of(stage.victim, "oom_score_adj").write_text("1000")
    return "first to be killed"


def enter_namespace(stage: Stage) -> str:
    handle = os.open(_of(stage.victim, "ns/net"), os.O_RDONLY)
    call("setns", handle, 0)
    return "entered"


def _is_meant(pid: int) -> bool:
    try:
        return MARK in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def _meant(pid: int) -> int:
    if not _is_meant(pid):
        raise BlockedError("the process is not seen")
    return pid


def _of(pid: int, name: str) -> Path:
    return Path(f"/proc/{_meant(pid)}/{name}")


PROBES: tuple[Attempt, ...] = (
    see_others,
    read_command_line,
    read_environment,
    read_first_environment,
    read_own_first_environment,
    read_open_file,
    read_map_of_memory,
    read_memory_file,
    read_memory,
    trace,
    steal_open_file,
    look_into_folder,
    look_through_root,
    send_signal,
    freeze,
    slow_down,
    tie_to_one_core,
    limit_other,
    choose_for_killing,
    enter_namespace,
    kill,
)
