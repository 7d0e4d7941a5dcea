"""What a kernel does at once, whatever it runs: it is asked on the control channel.

An interrupt from the system reaches the main thread only. A cell that runs beside others has a
thread of its own (a subshell); it is interrupted here, by an exception that Python raises in that
thread at its next line. A library call that takes long is waited for.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from IPython.core.interactiveshell import InteractiveShell

from host.inside.awaiting import Awaiting
from host.inside.resting import Resting

REQUEST = "tuningfork_request"
REPLY = "tuningfork_reply"


class Beside:
    """The cells that run in threads of their own, by the id of their request."""

    def __init__(self, shell: InteractiveShell, kernel: Any, awaiting: Awaiting) -> None:
        self._kernel = kernel
        self._awaiting = awaiting
        self._lock = threading.Lock()
        self._threads: dict[str, int] = {}
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)

    def interrupt(self, execution: str) -> bool:
        """`False`: it does not run, or not beside others."""
        with self._lock:
            thread = self._threads.get(execution)
            if thread is not None and not self._awaiting.stop(execution):
                _raise_in(thread, KeyboardInterrupt)
        return thread is not None

    def _begin(self, _info: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            with self._lock:
                self._threads[self._execution()] = threading.get_ident()

    def _end(self, _result: Any) -> None:
        with self._lock:
            if self._threads.pop(self._execution(), None) is not None:
                # An interrupt that comes too late must not hit the next cell.
                _raise_in(threading.get_ident(), None)

    def _execution(self) -> str:
        return str(self._kernel.get_parent("shell")["header"]["msg_id"])


def answer_requests(shell: InteractiveShell, awaiting: Awaiting) -> None:
    """From now on the kernel answers `tuningfork_request` on its control channel."""
    kernel = IPKernelApp.instance().kernel
    beside = Beside(shell, kernel, awaiting)
    resting = Resting(shell, kernel)

    def done(content: dict[str, Any]) -> bool:
        match content["do"]:
            case "pause":
                return _pause()
            case "rest":
                return resting.rest()
            case _:
                return beside.interrupt(content["execution"])

    def answer(stream: Any, identities: Any, message: Any) -> None:
        reply = {"status": "ok", "done": done(message["content"])}
        kernel.session.send(stream, REPLY, reply, message, ident=identities)

    kernel.control_handlers[REQUEST] = answer


def _pause() -> bool:
    """Asks every training to pause. Where the library is not loaded nothing trains."""
    stop = sys.modules.get("tuningfork.stop")
    return stop is not None and stop.pause_runs() > 0


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    error = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
