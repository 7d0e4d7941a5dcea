"""Rarely used parts of Linux, in which ways out have been found: whether they can be reached.

Nothing here is an attack. Each attempt takes hold of what an attack would begin with, and lets go.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import socket

from host.walls.escape.probe import Attempt, BlockedError
from host.walls.escape.raw import call
from host.walls.escape.stage import Stage

_INTEL = platform.machine() == "x86_64"
_NUMBERS = {
    "userfaultfd": 323 if _INTEL else 282,
    "perf_event_open": 298 if _INTEL else 241,
    "fanotify_init": 300 if _INTEL else 262,
    "name_to_handle_at": 303 if _INTEL else 264,
    "io_uring_setup": 425,
    "open_tree": 428,
    "memfd_secret": 447,
}
_USER_MODE_ONLY = 1
_SOFTWARE, _DUMMY, _EXCLUDE_SYSTEM = 1, 9, 0b1100000
_REPORT_FILES = 0x200
_HERE = -100
_NO_RANDOM_PLACES = 0x0040000
_THREAD_KEYRING = -1
_HIGH_WORD = 1 << 32
#: mov eax, 20 (getpid, as old programs of 32 bits call it); int 0x80; ret
_OLD_CALL = bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3])


def work_past_filters(_stage: Stage) -> str:
    """io_uring: Linux does what is written to a ring, without a call."""
    return _file("io_uring_setup", 4, ctypes.create_string_buffer(120))


def hold_linux_still(_stage: Stage) -> str:
    """userfaultfd: while Linux reads a page, it waits for us."""
    return _file("userfaultfd", _USER_MODE_ONLY)


def hide_memory(_stage: Stage) -> str:
    return _file("memfd_secret", 0)


def count_events(_stage: Stage) -> str:
    """Its counters are a clock by which other programs' secrets have been read."""
    facts = ctypes.create_string_buffer(128)
    words = ctypes.cast(facts, ctypes.POINTER(ctypes.c_uint32))
    words[0], words[1], words[2], words[10] = _SOFTWARE, 128, _DUMMY, _EXCLUDE_SYSTEM
    return _file("perf_event_open", facts, 0, -1, -1, 0)


def watch_all_files(_stage: Stage) -> str:
    return _file("fanotify_init", _REPORT_FILES, 0)


def name_by_number(_stage: Stage) -> str:
    """The number of a file on its disk, by which it could be opened past all folders."""
    handle = ctypes.create_string_buffer(256)
    ctypes.cast(handle, ctypes.POINTER(ctypes.c_uint32))[0] = 128
    mount = ctypes.c_int()
    folder = os.path.expanduser("~").encode()
    call(
        *("syscall", _NUMBERS["name_to_handle_at"], _HERE, folder),
        *(handle, ctypes.byref(mount), 0),
    )
    return "named"


def hold_mount(_stage: Stage) -> str:
    """The first of the new calls around mounts."""
    return _file("open_tree", _HERE, b"/", 0)


def keep_key(_stage: Stage) -> str:
    """Only for this thread; but Linux's own code for keys can be reached."""
    return f"key {call('add_key', b'user', b'tuningfork-probe', b'x', 1, _THREAD_KEYRING)}"


def speak_to_hypervisor(_stage: Stage) -> str:
    """Such sockets belong to no network namespace. Nothing is sent."""
    return _socket(socket.AF_VSOCK, socket.SOCK_STREAM)


def speak_to_hypervisor_by_a_large_number(_stage: Stage) -> str:
    """Linux reads the low half of the number only; a filter that reads all of it is fooled."""
    return _socket(_HIGH_WORD | socket.AF_VSOCK, socket.SOCK_STREAM)


def speak_to_linux(_stage: Stage) -> str:
    return _socket(socket.AF_NETLINK, socket.SOCK_RAW)


def use_ciphers_of_linux(_stage: Stage) -> str:
    return _socket(socket.AF_ALG, socket.SOCK_SEQPACKET)


def call_like_old_programs(_stage: Stage) -> str:
    """With the numbers of 32 bits, of which a filter for 64 knows nothing."""
    if not _INTEL:
        raise BlockedError("this processor has no such calls")
    with mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as m:
        m.write(_OLD_CALL)
        place = ctypes.c_char.from_buffer(m)
        answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(place))()
        del place
    if answer != os.getpid():
        raise BlockedError(f"the answer was {answer}")
    return f"process {answer}"


def have_no_random_places(_stage: Stage) -> str:
    call("personality", _NO_RANDOM_PLACES)
    return "its programs lie where they always lie"


def _file(name: str, *arguments: object) -> str:
    file = call("syscall", _NUMBERS[name], *arguments)
    os.close(file)
    return f"file {file}"


def _socket(family: int, kind: int) -> str:
    # Not Python's own, which checks the number.
    number = 41 if _INTEL else 198
    file = call("syscall", number, family, kind, 0)
    os.close(file)
    return f"file {file}"


PROBES: tuple[Attempt, ...] = (
    work_past_filters,
    hold_linux_still,
    hide_memory,
    count_events,
    watch_all_files,
    name_by_number,
    hold_mount,
    keep_key,
    speak_to_hypervisor,
    speak_to_hypervisor_by_a_large_number,
    speak_to_linux,
    use_ciphers_of_linux,
    call_like_old_programs,
    have_no_random_places,
)
