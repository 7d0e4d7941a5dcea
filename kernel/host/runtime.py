"""The runtime folder: where it is, who may read it, and which process owns it."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from host.clearing import clear_away

LONGEST_SOCKET_NAME = len("/k/12345678/c-ipc-5")
SOCKET_PATH_LIMIT = 107
"""Bytes in ``sun_path`` on Linux, less the closing zero; zmq and the kernel both refuse more."""


class RuntimeRefusedError(Exception):
    """The folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Runtime:
    """Paths below the runtime folder."""

    root: Path
    is_shared: bool = False
    """Another user, one of a group of ours, may reach the socket: the web process."""

    @property
    def socket(self) -> Path:
        return self.root / "jupyter.sock"

    @property
    def description(self) -> Path:
        return self.root / "host.json"

    @property
    def kernels(self) -> Path:
        return self.root / "k"

    @property
    def jupyter(self) -> Path:
        return self.root / "jupyter"

    @property
    def specs(self) -> Path:
        return self.jupyter / "data" / "kernels"


def open_runtime(root: Path, group: str | None = None) -> Runtime:
    """Make the folder private and empty of what an earlier host left; return its paths.

    Args:
        group: whose members may reach the socket as well: the web process, when it is another user.

    Raises:
        RuntimeRefusedError: the path is too long for a socket, another user owns it, or the group
            is not one of ours.
    """
    runtime = Runtime(root.absolute(), is_shared=group is not None)
    _refuse_long_path(runtime)
    for folder in (runtime.root, runtime.jupyter, runtime.kernels, runtime.specs):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_private(runtime.root)
    if group is not None:
        _let_in(runtime.root, group)
    return runtime


def clear_leftovers(runtime: Runtime) -> None:
    """Remove what a dead host left behind, but for its kernels. Only for the owner of the lock.

    Kernels are taken over, or ended, when this host runs (adopt/taking.py).
    """
    runtime.description.unlink(missing_ok=True)
    for folder in runtime.kernels.iterdir():
        if not (folder / "kernel.json").exists():
            clear_away(folder)


def hold_lock(runtime: Runtime) -> int:
    """Claim the folder for this process until it ends; return the open file that holds the claim.

    Raises:
        RuntimeRefusedError: another host has it.
    """
    handle = os.open(runtime.root / "host.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
    except OSError as error:
        os.close(handle)
        raise RuntimeRefusedError(f"Another kernel host already uses {runtime.root}.") from error
    return handle


def confine(runtime: Runtime) -> None:
    """Point every Jupyter and IPython setting into the runtime folder.

    The learner's own Jupyter configuration is neither read nor written, and no variable of theirs
    (a gateway, another data path) reaches the host or a kernel. Call before importing Jupyter.
    """
    for name in [name for name in os.environ if name.startswith(("JUPYTER_", "JPY_"))]:
        del os.environ[name]
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
    for name, folder in (("CONFIG", "config"), ("DATA", "data"), ("RUNTIME", "runtime")):
        os.environ[f"JUPYTER_{name}_DIR"] = str(runtime.jupyter / folder)
    os.environ["IPYTHONDIR"] = str(runtime.jupyter / "ipython")


def _refuse_long_path(runtime: Runtime) -> None:
    length = len(os.fsencode(runtime.root)) + LONGEST_SOCKET_NAME
    if sys.platform != "win32" and length > SOCKET_PATH_LIMIT:
        raise RuntimeRefusedError(
            f"The runtime folder's path is too long for sockets: {runtime.root} leaves no room "
            f"({length} of {SOCKET_PATH_LIMIT} bytes). Choose a shorter one in TUNINGFORK_RUNTIME."
        )


def _make_private(root: Path) -> None:
    if sys.platform == "win32":
        return
    if root.stat().st_uid != os.geteuid():
        raise RuntimeRefusedError(f"{root} belongs to another user. Choose another folder.")
    root.chmod(0o700)


def _let_in(root: Path, group: str) -> None:
    """Members may pass through and not list; what is made inside belongs to the group."""
    try:
        shutil.chown(root, group=group)
    except (LookupError, PermissionError) as error:
        raise RuntimeRefusedError(
            f"The folder {root} cannot be opened to the group {group}: there is no such group, or "
            "this user is not in it. Add the user to it: sudo usermod -aG "
            f"{group} <user>, and start again."
        ) from error
    root.chmod(0o2710)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
