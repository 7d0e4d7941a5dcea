"""Every cell that fails says so on the channel of the output, before it is over.

Whoever reads a notebook takes a cell for failed when an error was shown. IPython shows none for a
group of errors, an unknown magic, or a cell that could not even be read, and its reply alone says
so. Here each of them is shown, as an error, once; and the reply says what was shown.

Private names of IPython: `_showtraceback`, through which every error leaves.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from host.inside.forked import end_child
from host.inside.tracebacks import cut_text, is_usual, message_of, name_of, told


@dataclass(frozen=True)
class Shown:
    """An error that was shown."""

    ename: str
    evalue: str
    traceback: list[str]


class _Named:
    """In place of a class of errors: what is sent of that is its name."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


def tell_every_failure(shell: InteractiveShell, was_stopped: Callable[[str], bool]) -> None:
    """From now on.

    Args:
        was_stopped: whether the learner has stopped this execution while it waited: what is
            raised then is not named after that.
    """
    failures = _Failures(shell, IPKernelApp.instance().kernel, was_stopped)
    # Python lets a method be replaced for one object; types do not know it.
    whole: Any = shell
    whole._showtraceback = failures.send
    whole.showtraceback = failures.show
    # IPython keeps each error a second time, in full and as slowly as it is told.
    whole._format_exception_for_storage = failures.keep
    failures.kernel.do_execute = failures.execute


class _Failures:
    def __init__(
        self, shell: InteractiveShell, kernel: Any, was_stopped: Callable[[str], bool]
    ) -> None:
        self.kernel = kernel
        self._shell: Any = shell
        self._was_stopped = was_stopped
        self._send: Callable[..., None] = self._shell._showtraceback
        self._show: Callable[..., None] = self._shell.showtraceback
        self._execute: Callable[..., Any] = kernel.do_execute
        self._shown: dict[str, Shown] = {}

    async def execute(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """In place of the kernel's own: a reply, whatever happens."""
        name = self._name()
        self._shown.pop(name, None)
        try:
            content: dict[str, Any] = await self._execute(*arguments, **options)
        except (Exception, KeyboardInterrupt, CancelledError):
            content = self._failed(name)
        if content["status"] == "error":
            content.update(self._last(name, content))
        self._shown.pop(name, None)
        return content

    def show(
        self,
        exc_tuple: Any = None,
        filename: Any = None,
        tb_offset: Any = None,
        exception_only: Any = False,
        running_compiled_code: Any = False,
    ) -> None:
        """In place of IPython's own `showtraceback`."""
        kind, error, trace = exc_tuple or sys.exc_info()
        if kind is None or error is None:
            self._show(exc_tuple, filename, tb_offset, exception_only, running_compiled_code)
            return
        end_child(error)
        if kind is CancelledError and self._was_stopped(self._name()):
            kind, error = KeyboardInterrupt, KeyboardInterrupt()
        if exception_only or issubclass(kind, SyntaxError) or hasattr(error, "_render_traceback_"):
            self._show(exc_tuple, filename, tb_offset, exception_only, running_compiled_code)
            return
        self._shell._get_exc_info((kind, error, trace))
        if kind is UsageError:
            lines = [f"UsageError: {message_of(error)}"]
        else:
            lines = self._lines(kind, error, trace, tb_offset)
        self.send(kind, error, lines)
        if self._shell.call_pdb:
            self._shell.debugger(force=True)

    def send(self, kind: Any, error: Any, lines: list[str]) -> None:
        """In place of IPython's own `_showtraceback`."""
        shown = Shown(name_of(kind), message_of(error), [cut_text(line) for line in lines])
        self._shown[self._name()] = shown
        self._send(_Named(shown.ename), shown.evalue, shown.traceback)

    def keep(self, error: BaseException, *_more: Any, **_options: Any) -> dict[str, Any]:
        """In place of IPython's own `_format_exception_for_storage`: what was shown."""
        return self._last(
            self._name(), {"ename": name_of(type(error)), "evalue": message_of(error)}
        )

    def _lines(self, kind: Any, error: BaseException, trace: Any, offset: Any) -> list[str]:
        try:
            if is_usual(error, trace):
                lines: list[str] = self._shell.InteractiveTB.structured_traceback(
                    kind, error, trace, tb_offset=offset
                )
                return lines
        except (Exception, KeyboardInterrupt):
            # What cannot be told with colours is told without.
            return told(error, trace, self._place)
        return told(error, trace, self._place)

    def _place(self, file: str) -> str:
        known = self._shell.compile.format_code_name(file)
        return f'File "{file}"' if known is None else " ".join(known)

    def _failed(self, name: str) -> dict[str, Any]:
        if name not in self._shown:
            self.show()
        payload = self._shell.payload_manager.read_payload()
        self._shell.payload_manager.clear_payload()
        count = self._shell.execution_count - 1
        more = {"execution_count": count, "user_expressions": {}, "payload": payload}
        return {"status": "error", **more}

    def _last(self, name: str, content: dict[str, Any]) -> dict[str, Any]:
        """What was shown; what was not is shown now."""
        if name not in self._shown:
            lines = [cut_text(line) for line in content.get("traceback") or []]
            self.send(_Named(content.get("ename") or "Error"), content.get("evalue") or "", lines)
        shown = self._shown[name]
        return {"ename": shown.ename, "evalue": shown.evalue, "traceback": shown.traceback}

    def _name(self) -> str:
        parent = self.kernel.get_parent("shell") or {}
        return str(parent.get("header", {}).get("msg_id"))
