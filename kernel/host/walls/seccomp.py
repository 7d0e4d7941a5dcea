"""What a kernel may not ask of Linux at all: a filter of system calls, in front of everything else.

The walls say what a kernel can see. Behind them the whole of Linux is still there to be called, and
its rarely used parts are where ways out have been found. No lesson needs those that are named here.
What is not named is allowed: programs that learners bring shall work, debuggers among them.

The list is ours; libseccomp makes of it a program that Linux runs before each call. bubblewrap
loads it into what it starts, and a forked kernel loads the same bytes by itself (`joining.py`).
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Iterator, Sequence
from functools import cache

_LIBRARY = "libseccomp.so.2"
REMEDY = (
    "Install the library libseccomp. Debian and Ubuntu: sudo apt-get install libseccomp2. "
    "Fedora: sudo dnf install libseccomp."
)

_ABSENT = (
    # Work that Linux does beside a program, past all filters of calls.
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # What attacks on Linux use to hold it still at the right moment, and memory out of its sight.
    *("userfaultfd", "memfd_secret"),
    # Programs and counters inside Linux.
    *("bpf", "perf_event_open", "lookup_dcookie"),
    # Open files of other processes: of the room's first one, which is not the learner's.
    "pidfd_getfd",
    # All new ways to mount, and to be told of all files of a disk.
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "open_tree_attr"),
    *("mount_setattr", "statmount", "listmount", "fanotify_init", "fanotify_mark"),
    *("quotactl_fd", "nfsservctl", "uselib", "sysfs", "ustat", "_sysctl", "vm86", "vm86old"),
)
"""To a program they are not there. It knows that from older systems, and does without."""

_REFUSED = (
    # Keys that pass through all namespaces.
    *("add_key", "request_key", "keyctl"),
    # Files by their number on the disk, past all folders.
    *("name_to_handle_at", "open_by_handle_at"),
    *("mount", "umount", "umount2", "pivot_root", "chroot", "setns"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("create_module", "query_module", "get_kernel_syms"),
    *("swapon", "swapoff", "reboot", "syslog", "acct", "quotactl", "vhangup"),
    *("settimeofday", "stime", "clock_settime", "clock_settime64"),
    *("iopl", "ioperm", "modify_ldt"),
)
"""Like what somebody else's rights are needed for."""

_COMMON = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "memfd_secret": 447,
    "statmount": 457,
    "listmount": 458,
    "open_tree_attr": 467,
}
"""Numbers of new calls, the same on all processors, that an older library does not know by name."""
_UNKNOWN = range(470, 600)
"""Calls that Linux had not got when this list was made: nobody has looked at them."""

_FAMILIES = tuple(
    # Windows has no walls and not all of them, but the host knows of this module.
    getattr(socket, name)
    for name in ("AF_UNIX", "AF_INET", "AF_INET6")
    if hasattr(socket, name)
)
"""Kinds of sockets that there are. Of the others some are part of no network namespace (AF_VSOCK
leads to what a virtual machine runs on), and some lead far into Linux (netlink, packet, alg). They
are refused as Linux refuses what it has not got; netlink as ZeroMQ can do without it: that looks
with it for names of network devices, and at any other error but EINVAL it ends the process."""
_FAMILY_BITS = 6
_TERMINAL = (0x5412, 0x541C)
"""`TIOCSTI` and `TIOCLINUX`: to type into a terminal as if somebody sat there."""
_PERSONALITIES = 0x0002_0008
"""Bits that docker too allows to be set: a short version number, and files of another age."""
_HIGHEST = 1 << 31

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_MASKED = 7
_OTHER_PROCESSORS, _OPTIMIZE = 2, 8
_AS_A_TREE = 2
_WORD = 0xFFFFFFFF
"""Linux reads the low half of these arguments, whatever is in the high one."""


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


@cache
def program() -> bytes | None:
    """The filter, as Linux takes it: an array of `struct sock_filter`. None: no libseccomp here.

    Raises:
        OSError: libseccomp could not make it.
    """
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    if not context:
        raise OSError(errno.ENOMEM, "libseccomp made no filter")
    try:
        _fill(library, context)
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


def _fill(library: ctypes.CDLL, context: ctypes.c_void_p) -> None:
    # Calls of another processor's kind (of 32 bits, on one of 64) have other numbers.
    _must(library.seccomp_attr_set(context, _OTHER_PROCESSORS, _ERRNO | errno.ENOSYS))
    # Not in libraries before 2.5: then it is a list, and a little slower.
    library.seccomp_attr_set(context, _OPTIMIZE, _AS_A_TREE)
    for number, code, conditions in _rules(library):
        given = (_Comparison * len(conditions))(*conditions)
        _must(
            library.seccomp_rule_add_array(
                context, ctypes.c_uint32(_ERRNO | code), number, len(conditions), given
            )
        )


_Rule = tuple[int, int, Sequence[_Comparison]]
"""A call, the error that it ends with, and when it does; always, if nothing is said."""


def _rules(library: ctypes.CDLL) -> Iterator[_Rule]:
    for names, code in ((_ABSENT, errno.ENOSYS), (_REFUSED, errno.EPERM)):
        for name in names:
            number = _number(library, name)
            if number is not None:
                yield number, code, ()
    for number in _UNKNOWN:
        yield number, errno.ENOSYS, ()
    for name in ("socket", "socketpair"):
        for condition in _other_families():
            netlink = condition.value == socket.AF_NETLINK
            code = errno.EINVAL if netlink else errno.EAFNOSUPPORT
            yield _known(library, name), code, (condition,)
    for request in _TERMINAL:
        yield _known(library, "ioctl"), errno.EPERM, (_low_word(1, request),)
    yield from _personalities(_known(library, "personality"))


def _other_families() -> Iterator[_Comparison]:
    """All numbers below 64 but those that are allowed, and all above, bit by bit."""
    for family in range(2**_FAMILY_BITS):
        if family not in _FAMILIES:
            yield _low_word(0, family)
    for bit in _bits(-(2**_FAMILY_BITS)):
        yield _Comparison(0, _MASKED, bit, bit)


def _personalities(number: int) -> Iterator[_Rule]:
    """No bit but those; or all of them, which is the question what it is."""
    for bit in _bits(~_PERSONALITIES & ~_HIGHEST):
        yield number, errno.EPERM, (_Comparison(0, _MASKED, _HIGHEST | bit, bit),)
    for bit in _bits(~_HIGHEST):
        yield number, errno.EPERM, (_Comparison(0, _MASKED, _HIGHEST | bit, _HIGHEST),)


def _bits(word: int) -> Iterator[int]:
    """Those of 32 that are set."""
    return (1 << place for place in range(32) if word >> place & 1)


def _low_word(argument: int, value: int) -> _Comparison:
    return _Comparison(argument, _MASKED, _WORD, value)


def _known(library: ctypes.CDLL, name: str) -> int:
    number = _number(library, name)
    if number is None:
        raise OSError(errno.EINVAL, f"libseccomp does not know {name}")
    return number


def _number(library: ctypes.CDLL, name: str) -> int | None:
    """None: this processor has no such call."""
    number = int(library.seccomp_syscall_resolve_name(name.encode()))
    return number if number >= 0 else _COMMON.get(name)


def _exported(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    with os.fdopen(os.memfd_create("filter"), "rb") as file:
        _must(library.seccomp_export_bpf(context, file.fileno()))
        file.seek(0)
        return file.read()


def _must(result: int) -> None:
    if result < 0:
        raise OSError(-result, f"libseccomp: {os.strerror(-result)}")
