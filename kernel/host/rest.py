"""How one kernel rests: whether its processes are held, and what the web process was told of that.

`wake` comes before every message and signal that a kernel is sent. It costs nothing when the kernel
is awake, and is done before the message leaves, so that nobody can see that a kernel was frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from host.freezing import Freezer

REST = "tuningfork_rest"
State = Literal["frozen", "ending"]
Why = Literal["unused", "memory"]


class Rest:
    """Of one kernel, through all its processes."""

    def __init__(self, note: Callable[[str, dict[str, object]], None]) -> None:
        """`note` puts a message of ours on the kernel's tape."""
        self._note = note
        self._freezer = Freezer()
        self._told = False
        self.sent = 0
        """Messages for the kernel until now."""

    @property
    def frozen(self) -> bool:
        """Whether its processes are held."""
        return bool(self._freezer.held)

    @property
    def held(self) -> list[int]:
        """Process ids of what is held."""
        return self._freezer.held

    def use(self) -> None:
        """A message for the kernel is about to be sent."""
        self.sent += 1
        self.wake()

    def wake(self) -> None:
        """Somebody wants something of the kernel."""
        self._freezer.thaw()
        if self._told:
            self._told = False
            self._note(REST, {"state": "awake"})

    def freeze(self, pid: int) -> None:
        """Hold everything that began with this process."""
        self._freezer.freeze(pid)

    def tell(self, state: State, unused: float, ends_in: float | None = None) -> None:
        """Tell that the kernel is frozen, or will be put away.

        Args:
            unused: seconds since it was last used.
            ends_in: seconds until it is put away.
        """
        self._told = True
        left = None if ends_in is None else round(ends_in)
        self._note(REST, {"state": state, "unused_s": round(unused), "ends_in_s": left})

    def tell_end(self, unused: float, why: Why) -> None:
        """Tell that the kernel was put away."""
        self._told = False
        self._note(REST, {"state": "ended", "unused_s": round(unused), "why": why})
