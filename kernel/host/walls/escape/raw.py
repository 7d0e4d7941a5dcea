"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform

_LIBC = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {
    "x86_64": {
        "add_key": 248,
        "keyctl": 250,
        "finit_module": 313,
        "bpf": 321,
        "pidfd_getfd": 438,
        "swapon": 167,
    },
    "aarch64": {
        "add_key": 217,
        "keyctl": 219,
        "finit_module": 273,
        "bpf": 280,
        "pidfd_getfd": 438,
        "swapon": 224,
    },
}
_MINUS_ONE = 2**32 - 1
"""What -1 looks like where a function gives an `int` and not a `long`."""
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def call(name: str, *arguments: object) -> int:
    """A function of the C library, or else a system call, by its name.

    Raises:
        OSError: it returned -1.
    """
    number = _NUMBERS.get(platform.machine(), {}).get(name)
    function = _LIBC[name] if number is None else _LIBC.syscall
    function.restype = ctypes.c_long
    first = [] if number is None else [ctypes.c_long(number)]
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(function(*first, *given))
    if result in (-1, _MINUS_ONE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


class Piece(ctypes.Structure):
    """`struct iovec`."""

    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))
