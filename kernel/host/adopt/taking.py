"""A new host takes over the kernels of the one before it.

Before it says where it listens: whoever asks for a kernel by its id finds it. What the kernel said
in between comes onto the tape a moment later.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from traitlets.log import get_logger

from host.adopt.counts import CountsFile
from host.adopt.leftovers import end_leftover
from host.adopt.process import AdoptedProcess, EndedProcess
from host.adopt.record import Account, Record, began, read_record
from host.freezing import tree
from host.recorder import DIED, Recorder
from host.tape import Tape
from host.walls.sandbox import Sandbox
from host.wire import parts_of


def take_over(kernels: Any) -> None:
    """Adopt every kernel that can be, and end the others.

    Args:
        kernels: the host's `HostKernels`.
    """
    for home in sorted(kernels.parent.runtime.kernels.iterdir()):
        record = read_record(home)
        if record is None or not record.claimed or record.state not in ("running", "dead"):
            end_leftover(home, record)
            continue
        try:
            kernels.adopt(home, record)
        except Exception:
            # One that cannot be understood must not keep the others from being taken over.
            get_logger().exception("Kernel %s cannot be taken over.", record.kernel)
            end_leftover(home, record)


def note_launch(account: Account, kernel: Any, folder: Path) -> None:
    """Write down the process that was launched just now."""
    pid = kernel.provisioner.pid
    sandbox = getattr(kernel.provisioner, "sandbox", None)
    account.note(
        state="running",
        pid=pid,
        began=began(pid),
        group=kernel.provisioner.pgid,
        folder=str(folder),
        cold=getattr(kernel.provisioner, "cold", None),
        way=getattr(kernel.provisioner, "way", "forked"),
        sandbox=sandbox.facts() if sandbox else None,
    )


def resume(kernel: Any, home: Path, record: Record) -> None:
    """Make a kernel manager what it was for the host that started this kernel."""
    kernel.kernel_id = record.kernel
    kernel.home = home
    kernel.connection_file = str(home / "c.json")
    kernel.load_connection_file()
    kernel.account = Account(home, record)
    counts = CountsFile(home, write=True)
    tape = Tape.resume(home, counts.read().tape)
    kernel.recorder = Recorder(tape, kernel._set_state, counts, record.session)
    kernel._launch_args = kernel.parent._kernel_start_kwargs(cwd=record.folder)
    kernel._attempted_start = True
    kernel.ready.set_result(None)
    factory = KernelProvisionerFactory.instance(parent=kernel.parent)
    kernel.provisioner = factory.create_provisioner_instance(
        record.kernel, kernel.kernel_spec, parent=kernel
    )
    _fill(kernel.provisioner, kernel, record)


def _fill(provisioner: Any, kernel: Any, record: Record) -> None:
    sandbox = Sandbox.from_facts(record.sandbox) if record.sandbox else None
    provisioner.connection_info = kernel.get_connection_info()
    provisioner.cwd = record.folder
    provisioner.pid, provisioner.pgid = record.pid, record.group
    provisioner.cold, provisioner.way, provisioner.sandbox = record.cold, record.way, sandbox
    if record.state == "running" and not _is_told(kernel.recorder.tape):
        provisioner.process = find_process(record, sandbox)
        _wake(provisioner.process)
        if provisioner.process.poll() is not None and began(record.pid or 0) is not None:
            # Its number is another process's by now, and so may be that of its group.
            provisioner.pgid = None


def _is_told(tape: Tape) -> bool:
    """The other host put a death on the tape, and was killed before it could write that down."""
    newest = tape.read(max(tape.last - 1, tape.forgotten), 1)
    return any(DIED.encode() in parts_of(frame)[1][0] for frame in newest)


def find_process(record: Record, sandbox: Sandbox | None) -> AdoptedProcess | EndedProcess:
    """The process that was written down, if it is still the same one."""
    pid = record.pid or 0
    try:
        if record.began is None:
            return EndedProcess(pid)
        return AdoptedProcess(pid, record.began, sandbox)
    except ProcessLookupError:
        return EndedProcess(pid)


def _wake(process: AdoptedProcess | EndedProcess) -> None:
    """It may have been held because nobody used it (rest.py); this host knows nothing of that."""
    if process.poll() is not None or os.name == "nt":
        return
    for one in tree(process.pid):
        try:
            if one.status() == psutil.STATUS_STOPPED:
                one.resume()
        except psutil.NoSuchProcess:
            continue
