"""`breakpoint()` stops the cell and asks, as it does in a terminal.

Jupyter's debugger has put itself in its place, which does nothing unless an editor is attached.
Each command is an answer to a question of the cell's, as of `input()`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from IPython.core.debugger import Pdb


class _Asking(Pdb):
    """One that an interrupt ends, and the cell with it: IPython's own asks on."""

    _stopped = False

    def __init__(self) -> None:
        # Later interrupts are the cell's: the debugger would open again.
        super().__init__(nosigint=True)

    def _cmdloop(self) -> None:
        try:
            self.cmdloop()
        except KeyboardInterrupt:
            self._stopped = True

    def interaction(self, frame: Any, tb_or_exc: Any) -> None:
        asking: Any = super()
        asking.interaction(frame, tb_or_exc)
        if self._stopped:
            sys.settrace(None)
            raise KeyboardInterrupt


def stop_at_breakpoints() -> None:
    """From now on. Who has named another debugger in PYTHONBREAKPOINT gets that one."""
    attached = sys.breakpointhook

    def stop(*arguments: Any, **options: Any) -> Any:
        debugger = getattr(IPKernelApp.instance().kernel, "debugger", None)
        if debugger is not None and debugger.is_started:
            return attached(*arguments, **options)
        if os.environ.get("PYTHONBREAKPOINT"):
            return sys.__breakpointhook__(*arguments, **options)  # noqa: T100 - what was asked for
        asking: Any = _Asking()
        return asking.set_trace(sys._getframe(1))

    sys.breakpointhook = stop
