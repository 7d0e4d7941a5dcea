"""The system itself: rights, mounts, devices, settings. None of these changes anything if it works.

They run in a process of their own, so what they change about themselves ends with them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError
from host.walls.escape.raw import CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWUTS, call
from host.walls.escape.stage import Stage

_DISKS = ("/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/xvda", "/dev/dm-0")
_PROGRAM_LOAD = 5


def become_root(_stage: Stage) -> str:
    os.setuid(0)
    return "root"


def gain_by_program(_stage: Stage) -> str:
    """A program with the set-user-id bit gives its owner's rights, unless that is switched off."""
    status = Path("/proc/self/status").read_text()
    if "NoNewPrivs:\t1" in status:
        raise BlockedError("no program gives rights")
    return "rights could be gained"


def make_set_user_id(_stage: Stage) -> str:
    path = Path.home() / "suid"
    path.write_bytes(b"")
    path.chmod(0o4755)
    if os.statvfs(path).f_flag & os.ST_NOSUID:
        raise BlockedError("the bit has no effect here")
    return "the bit has effect"


def new_user_namespace(_stage: Stage) -> str:
    """In one of its own, a program has all rights, and the kernel's rarer code can be reached."""
    call("unshare", CLONE_NEWUSER)
    return "all capabilities, inside"


def mount_in_namespace(_stage: Stage) -> str:
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    call("mount", b"none", b"/tmp", b"tmpfs", 0, b"size=4096")
    return "mounted"


def network_in_namespace(_stage: Stage) -> str:
    call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
    return "a network stack of its own"


def rename_machine(_stage: Stage) -> str:
    call("unshare", CLONE_NEWUSER | CLONE_NEWUTS)
    call("sethostname", b"mine", 4)
    return "renamed, inside"


def mount_directly(_stage: Stage) -> str:
    call("mount", b"none", b"/tmp", b"tmpfs", 0, b"size=4096")
    return "mounted"


def make_writable_again(_stage: Stage) -> str:
    """MS_REMOUNT | MS_BIND, without MS_RDONLY."""
    call("mount", None, b"/usr", None, 32 | 4096, None)
    return "/usr is writable"


def change_root(_stage: Stage) -> str:
    os.chroot(Path.home())
    return "changed"


def make_device(_stage: Stage) -> str:
    os.mknod(Path.home() / "disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))
    return "made"


def open_disk(_stage: Stage) -> str:
    for disk in _DISKS:
        if Path(disk).exists():
            os.close(os.open(disk, os.O_RDONLY))
            return disk
    raise BlockedError("there is no disk in /dev")


def read_kernel_log(_stage: Stage) -> str:
    os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
    return "opened"


def open_physical_memory(_stage: Stage) -> str:
    os.close(os.open("/dev/mem", os.O_RDONLY))
    return "opened"


def list_many_devices(_stage: Stage) -> str:
    names = os.listdir("/dev")
    if len(names) < 25:
        raise BlockedError(f"only {len(names)} names")
    return str(len(names))


def write_devices_folder(_stage: Stage) -> str:
    """A folder in memory without a size of its own would be half the machine's."""
    Path("/dev/mine").write_text("x")
    return "written"


def write_root_folder(_stage: Stage) -> str:
    Path("/mine").write_text("x")
    return "written"


def write_system(_stage: Stage) -> str:
    Path("/usr/mine").write_text("x")
    return "written"


def write_python(_stage: Stage) -> str:
    """Into the environment that every kernel starts from."""
    import ipykernel

    os.close(os.open(Path(ipykernel.__file__ or "").parent, os.O_WRONLY | os.O_TMPFILE))
    return "writable"


def write_host_code(_stage: Stage) -> str:
    os.close(os.open(Path(__file__).parents[2], os.O_WRONLY | os.O_TMPFILE))
    return "writable"


def change_setting(_stage: Stage) -> str:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    return "opened for writing; nothing was written"


def system_keys(_stage: Stage) -> str:
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
    return "opened for writing; nothing was written"


def see_control_groups(_stage: Stage) -> str:
    groups = [path for path in Path("/sys/fs/cgroup").rglob("cgroup.procs") if _writable(path)]
    if not groups:
        raise BlockedError("none can be written to")
    return str(groups[0])


def read_system_tree(_stage: Stage) -> str:
    return str(os.listdir("/sys/class"))


def load_module(_stage: Stage) -> str:
    """With a descriptor that is none: with the right to do it, the answer would be another one."""
    return _allowed("finit_module", -1, b"", 0)


def load_program(_stage: Stage) -> str:
    """An empty program for the system's own interpreter."""
    return _allowed("bpf", _PROGRAM_LOAD, ctypes.create_string_buffer(128), 128)


def real_time(_stage: Stage) -> str:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return "before everybody else"


def be_preferred(_stage: Stage) -> str:
    os.setpriority(os.PRIO_PROCESS, 0, -5)
    return "preferred"


def be_spared(_stage: Stage) -> str:
    """Last to be ended when memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("-500")
    return "spared"


def type_into_terminal(_stage: Stage) -> str:
    os.close(os.open("/dev/tty", os.O_RDWR))
    return "there is a terminal"


def _allowed(name: str, *arguments: object) -> str:
    """Whether anything but the want of the right stands in the way."""
    try:
        call(name, *arguments)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSYS):
            raise
        return f"allowed, but for {error}"
    return "done"


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK)


PROBES: tuple[Attempt, ...] = (
    become_root,
    gain_by_program,
    make_set_user_id,
    new_user_namespace,
    mount_in_namespace,
    network_in_namespace,
    rename_machine,
    mount_directly,
    make_writable_again,
    change_root,
    make_device,
    open_disk,
    read_kernel_log,
    open_physical_memory,
    list_many_devices,
    write_devices_folder,
    write_root_folder,
    write_system,
    write_python,
    write_host_code,
    change_setting,
    system_keys,
    see_control_groups,
    read_system_tree,
    load_module,
    load_program,
    real_time,
    be_preferred,
    be_spared,
    type_into_terminal,
)
