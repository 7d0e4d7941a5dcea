"""A cell that awaits something is stopped at once.

It does not run meanwhile, so nothing can be raised in it: its task is cancelled, on the loop that
waits. Python in it that computes is stopped as in any other cell. What ends it is told as what it
is: the learner has stopped it.

Private names of ipykernel: the two contexts in which it waits for such a cell.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from IPython.core import interactiveshell


class Awaiting:
    """The cells that await, by the id of their request."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._tasks: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Future[Any]]] = {}
        self._stopped: set[str] = set()

    def begin(self) -> None:
        """From now on."""
        self._kernel._cancel_on_sigint = self._in_turn
        self._kernel._dummy_context_manager = self._beside

    def was_stopped(self, execution: str) -> bool:
        """Has its task been cancelled from here?"""
        return execution in self._stopped

    def stop(self, execution: str) -> bool:
        """From another thread. `False`: it does not await, so it must be stopped otherwise."""
        loop, task = self._tasks.get(execution, (None, None))
        if loop is None or task is None or asyncio.current_task(loop) is not None:
            return False
        self._stopped.add(execution)
        loop.call_soon_threadsafe(task.cancel)
        return True

    @contextmanager
    def _beside(self, task: asyncio.Future[Any]) -> Iterator[None]:
        execution = str(self._kernel.get_parent("shell")["header"]["msg_id"])
        self._tasks[execution] = (asyncio.get_running_loop(), task)
        try:
            yield
        finally:
            del self._tasks[execution]
            self._stopped.discard(execution)

    @contextmanager
    def _in_turn(self, task: asyncio.Future[Any]) -> Iterator[None]:
        loop: Any = asyncio.get_running_loop()
        outer = asyncio.current_task()
        execution = str(self._kernel.get_parent("shell")["header"]["msg_id"])

        def stop(_number: int, frame: FrameType | None) -> None:
            running = asyncio.current_task(loop)
            if running is task and _is_in_cell(frame):
                raise KeyboardInterrupt
            self._stopped.add(execution)
            loop.call_soon_threadsafe(task.cancel)
            if running is not None and running is not task and running is not outer:
                # A task of the cell's computes. Anything else would end the loop.
                raise asyncio.CancelledError

        before = signal.signal(signal.SIGINT, stop)
        # The system may tell another thread of the signal; this wakes the one that waits.
        wakes = getattr(loop, "_csock", None)
        waker = signal.set_wakeup_fd(wakes.fileno() if wakes else -1, warn_on_full_buffer=False)
        try:
            with self._beside(task):
                yield
        finally:
            signal.set_wakeup_fd(waker)
            signal.signal(signal.SIGINT, before)


def _is_in_cell(frame: FrameType | None) -> bool:
    """Is it the learner's code that runs, where IPython takes what is raised?"""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "run_code" and code.co_filename == interactiveshell.__file__:
            return True
        frame = frame.f_back
    return False
