"""The kernel's keyring of the login session passes through every wall but this one.

Linux keeps keys for a session, and a program has its starter's. Two kernels with the same one could
read and change each other's keys, and see those of whoever started the host.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform

_KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219}
_JOIN_SESSION_KEYRING = 1
#: There are no keyrings, or the container that we are in does not let us near them.
_NONE = (errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP)


def leave_keyring() -> None:
    """Let this thread, and what it starts from now on, have a new and empty keyring.

    Raises:
        OSError: it could not be had, although there are keyrings.
    """
    number = _KEYCTL.get(platform.machine())
    if number is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, _JOIN_SESSION_KEYRING, None) < 0:
        code = ctypes.get_errno()
        if code not in _NONE:
            raise OSError(code, os.strerror(code))
