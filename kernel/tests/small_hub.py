"""A model hub of a few lines, on this machine: it serves folders as repositories.

It answers the four questions that a download asks: which commit `main` is, which files that commit
has, and, file by file, its head and its body. What it was asked stays in `asked`.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COMMIT = "c0ffee" + "0" * 34


class SmallHub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, repositories: dict[str, Path], gated: frozenset[str] = frozenset()) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories = repositories
        self.gated = gated
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(hub: SmallHub) -> Iterator[SmallHub]:
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallHub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append(f"{self.command} {path}")
        name = next((name for name in self.server.repositories if f"/{name}/" in path), None)
        if name is None:
            self._refuse(401, "RepoNotFound")
        elif name in self.server.gated:
            self._refuse(403, "GatedRepo")
        else:
            self._serve(self.server.repositories[name], name, path)

    def _serve(self, folder: Path, name: str, path: str) -> None:
        if path == f"/api/models/{name}/revision/main":
            files = [{"rfilename": file.name} for file in folder.iterdir()]
            self._json({"id": name, "sha": COMMIT, "siblings": files, "tags": []})
        elif path == f"/api/models/{name}/tree/{COMMIT}":
            self._json([_entry(file) for file in folder.iterdir()])
        elif path.startswith(f"/{name}/resolve/"):
            file = folder / path.rsplit("/", 1)[1]
            self._send(200, file.read_bytes(), {"ETag": f'"{_hash(file)}"'})
        else:
            self._refuse(404, "EntryNotFound")

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        fixed = {"Content-Length": str(len(body)), "X-Repo-Commit": COMMIT}
        for name, value in {**fixed, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """What was asked is in `asked`; the terminal stays quiet."""


def _entry(file: Path) -> dict[str, object]:
    return {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": _hash(file)}


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:40]
