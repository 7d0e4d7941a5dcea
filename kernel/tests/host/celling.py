"""One real kernel that is asked for many cells, and what each of them said."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .conftest import Host


class Kernel:
    """One real kernel for all that is asked here."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self.id = host.start_kernel(folder / "work")
        self.channel = host.open(self.id)
        # As a browser does it: half a letter arrives as what it is.
        self.channel._session.pack = lambda part: json.dumps(part, default=str).encode()

    def cell(self, code: str) -> list[dict[str, Any]]:
        """All that a cell says; its reply may come before its end or after it."""
        return self.heard(self.channel.execute(code))

    def heard(self, request: str) -> list[dict[str, Any]]:
        open_ = {"reply", "end"}

        def is_over(message: dict[str, Any]) -> bool:
            if message["parent"] == request and message["type"] == "execute_reply":
                open_.discard("reply")
            if message["parent"] == request and message["content"].get("execution_state") == "idle":
                open_.discard("end")
            return not open_

        return [m for m in self.channel.until(is_over) if m["parent"] == request]

    def interrupt(self) -> None:
        assert self._host.ask("POST", f"/api/kernels/{self.id}/interrupt")[0] == 204

    def begin(self, code: str, kind: str = "stream", subshell: str | None = None) -> str:
        request = self.channel.execute(code, subshell=subshell)
        self.channel.until(lambda m: m["parent"] == request and m["type"] == kind)
        return request

    def answer(self, text: str) -> None:
        message = self.channel._session.msg("input_reply", {"status": "ok", "value": text})
        self.channel.send_message("stdin", message)

    def control(self, kind: str, **content: Any) -> dict[str, Any]:
        request = self.channel.send("control", kind, content)
        heard = self.channel.until(
            lambda m: m["parent"] == request and m["type"].endswith("_reply")
        )
        answer: dict[str, Any] = heard[-1]["content"]
        return answer


@contextmanager
def one_kernel() -> Iterator[Kernel]:
    """In a host and a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="tf-"))
    host = Host(folder / "run")
    try:
        yield Kernel(host, folder)
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)


def of(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [m["content"] for m in messages if m["type"] == kind]


def printed(messages: list[dict[str, Any]], name: str = "stdout") -> str:
    return "".join(c["text"] for c in of(messages, "stream") if c["name"] == name)


def failure(messages: list[dict[str, Any]]) -> tuple[str, str]:
    """The one error that was shown: its name and its text. The reply says the same."""
    (error,) = of(messages, "error")
    (reply,) = of(messages, "execute_reply")
    assert reply["status"] == "error"
    assert [reply[part] for part in ("ename", "evalue", "traceback")] == [
        error[part] for part in ("ename", "evalue", "traceback")
    ]
    text = "\n".join(error["traceback"])
    assert len(text) < 50_000
    return error["ename"], text
