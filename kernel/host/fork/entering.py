"""How a fork gets into the room that was put up for its kernel.

It is two processes for a moment: the one that steps in stays outside the room's process namespace,
so its child becomes the kernel. The host is told the child's number as it is outside, where only it
means something, and becomes its parent as the first ends.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from host.fork.protocol import packed
from host.walls.joining import Door, bound, enter, forbid
from host.walls.keyring import leave_keyring


def step_inside(link: socket.socket, door: Door, files: Sequence[int]) -> None:
    """Return inside the room, in another process.

    Args:
        files: what `Entrance.files` says.

    Raises:
        OSError: it could not be done, and this process must end.
    """
    owner, final, inside, held = files
    leave_keyring()
    enter(owner, final, inside, door.kinds)
    kernel = os.fork()
    if kernel:
        link.sendall(packed({"pid": kernel}))
        os._exit(0)
    os.setsid()
    for file in (owner, final, inside):
        os.close(file)
    # Held by this process and its forks only: the room stands for as long as one of them lives.
    os.set_inheritable(held, False)
    bound(door.limits)
    forbid(bytes.fromhex(door.forbidden))
