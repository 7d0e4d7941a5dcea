"""A real host in a folder of its own, and a client that speaks to its socket."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket
from jupyter_client.session import Session

from host.wire import PROTOCOL, frame, parts_of

KERNEL_FOLDER = Path(__file__).resolve().parents[2]


def _environment() -> dict[str, str]:
    # A kernel that finds this variable takes itself for a test and hears no file descriptor.
    kept = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    # Loading a template takes seconds of both cores; tests that want one say so.
    return {**kept, "PYTHONPATH": str(KERNEL_FOLDER), "TUNINGFORK_FORK": "0"}


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Channel:
    """One WebSocket to a kernel's tape."""

    def __init__(self, link: websocket.WebSocket) -> None:
        self._link = link
        self._session = Session()

    def execute(
        self,
        code: str,
        *,
        subshell: str | None = None,
        metadata: dict[str, Any] | None = None,
        **content: Any,
    ) -> str:
        """Send code; return the request's id."""
        whole = {"code": code, "silent": False, "allow_stdin": True, "stop_on_error": True}
        header = {} if subshell is None else {"subshell_id": subshell}
        return self.send("shell", "execute_request", {**whole, **content}, header, metadata)

    def send(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        header: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Send a request; return its id."""
        message = self._session.msg(kind, content, metadata=metadata)
        message["header"] |= header or {}
        return self.send_message(channel, message)

    def send_message(self, channel: str, message: dict[str, Any]) -> str:
        """Send a whole message; return its id."""
        parts = [
            self._session.pack(message[part])
            for part in ("header", "parent_header", "metadata", "content")
        ]
        # A number on what we send does no harm; it makes `frame` usable for both directions.
        self._link.send_binary(frame(channel, parts, 1))
        return str(message["header"]["msg_id"])

    def ack(self, upto: int) -> None:
        self._link.send(json.dumps({"ack": upto}))

    def read(self) -> dict[str, Any]:
        """The next message."""
        data = self._link.recv()
        assert isinstance(data, bytes), data
        channel, parts = parts_of(data)
        header, parent, metadata, content = (json.loads(part) for part in parts[:4])
        return {
            "channel": channel,
            "type": header["msg_type"],
            "parent": parent.get("msg_id"),
            "tape": metadata["tape"],
            "content": content,
        }

    def until(self, fits: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Messages up to and including the first that fits."""
        messages = [self.read()]
        while not fits(messages[-1]):
            messages.append(self.read())
        return messages

    def idle(self, request: str) -> list[dict[str, Any]]:
        """Messages up to the end of an execution."""
        return self.until(
            lambda m: m["parent"] == request and m["content"].get("execution_state") == "idle"
        )

    def close_code(self) -> int:
        """Read to the end; the code with which the host closed."""
        while True:
            opcode, data = self._link.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(bytes(data[:2]), "big")

    def close(self) -> None:
        self._link.close()


class Host:
    """A running host."""

    def __init__(
        self,
        runtime: Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        program: tuple[str, ...] | None = None,
    ) -> None:
        self.runtime = runtime
        self.log = runtime.parent / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *(program or ("-m", "host")),
                    "--runtime",
                    str(runtime),
                    *arguments,
                ],
                env=_environment() | (env or {}),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.facts = self._facts()
        self._sockets: list[socket.socket | websocket.WebSocket] = []

    def _facts(self) -> dict[str, Any]:
        path = self.runtime / "host.json"
        for _ in range(400):
            if path.exists():
                facts: dict[str, Any] = json.loads(path.read_text())
                return facts
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    @property
    def address(self) -> str:
        return str(self.facts.get("url", "http://localhost"))

    def ask(
        self, method: str, path: str, body: object = None, token: str | None = None
    ) -> tuple[int, Any]:
        """One request; status and decoded body. `token=""` sends none."""
        connection = self._connection()
        given = self.facts["token"] if token is None else token
        headers = {"Authorization": f"token {given}"} if given else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if text[:1] in ("{", "[") else text

    def start_kernel(self, cwd: Path) -> str:
        status, model = self.ask("POST", "/api/kernels", {"name": "tuningfork", "path": str(cwd)})
        assert status == 201, model
        return str(model["id"])

    def open(self, kernel: str, after: int = 0, token: str | None = None) -> Channel:
        options: dict[str, Any] = {} if "url" in self.facts else {"socket": self._socket()}
        given = self.facts["token"] if token is None else token
        link = websocket.create_connection(
            f"{self.address.replace('http', 'ws')}/api/kernels/{kernel}/channels?after={after}",
            header=[f"Authorization: token {given}"],
            subprotocols=[PROTOCOL],
            timeout=30,
            **options,
        )
        self._sockets.append(link)
        return Channel(link)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        for link in self._sockets:
            if isinstance(link, websocket.WebSocket):
                link.shutdown()
            else:
                link.close()

    def _socket(self) -> socket.socket:
        link = socket.socket(socket.AF_UNIX)
        self._sockets.append(link)
        link.connect(self.facts["socket"])
        return link

    def _connection(self) -> http.client.HTTPConnection:
        if "url" in self.facts:
            return http.client.HTTPConnection(self.facts["url"].removeprefix("http://"), timeout=60)
        return _SocketConnection(self.facts["socket"])


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's name has 107 bytes at most."""
    path = Path(tempfile.mkdtemp(prefix="tf-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def host(folder: Path) -> Iterator[Host]:
    running = Host(folder / "run")
    yield running
    running.stop()
