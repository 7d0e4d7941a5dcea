"""A model hub on this machine: it serves folders as repositories, in the Hub's own protocol.

What a download asks is answered as the Hub does: which commit a branch is and which files it has,
the head of each file, its body or a part of it, large files by way of another host, old names by
way of the new one, and a reason with each no. What was asked stays in `asked`, and `faults` break
the connection, stay silent or fail, as real networks do.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

#: What the Hub keeps outside git, and serves from another host.
_LARGE = (".safetensors", ".bin", ".parquet", ".h5")
_PIECE = 1 << 16


@dataclass
class Repository:
    """A model, or a data set: a folder for each branch."""

    branches: dict[str, Path]
    kind: str = "models"
    #: May be listed by everybody, but read only with the token `agreed`.
    gated: bool = False
    #: Pull requests: number, author.
    offers: tuple[tuple[int, str], ...] = ()


@dataclass
class Fault:
    """What goes wrong with the next `times` answers for a path, or bodies of a file, ending so."""

    ending: str
    #: Break off after so many bytes of a body.
    after: int = 0
    times: int = 1
    #: "cut", "silent" (the rest never comes), "whole" (though a part was asked for), "damaged", or
    #: an HTTP status in place of the answer.
    how: str | int = "cut"


@dataclass
class Asked:
    """One request, and how many bytes of a body it got."""

    method: str
    path: str
    part: str | None
    token: str | None
    host: str
    status: int = 0
    sent: int = 0


@dataclass
class Shelf:
    """What the hub has and what happened to it."""

    repositories: dict[str, Repository]
    #: Old name → present name.
    renamed: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    #: A hash, a file: what has been linked to on the other host.
    linked: dict[str, Path] = field(default_factory=dict)
    #: A limit for each body.
    bytes_per_second: float = float("inf")


class SmallHub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, repositories: dict[str, Repository], **renamed: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.shelf = Shelf(repositories, renamed)
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def faults(self) -> list[Fault]:
        return self.shelf.faults

    def asked(self, method: str = "", ending: str = "") -> list[Asked]:
        return [
            one
            for one in self.shelf.asked
            if one.method.startswith(method) and one.path.endswith(ending)
        ]

    def bodies(self, ending: str) -> list[Asked]:
        """The requests that got bytes of a file, wherever it came from."""
        digests = {
            digest for digest, path in self.shelf.linked.items() if path.name.endswith(ending)
        }
        return [
            one
            for one in self.shelf.asked
            if one.method == "GET"
            and one.status in (200, 206)
            and (one.path.endswith(ending) or one.path.rpartition("/")[2] in digests)
        ]


@contextmanager
def serving(hub: SmallHub) -> Iterator[SmallHub]:
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        hub.shutdown()
        hub.server_close()
        thread.join(5)


def use(address: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lets huggingface_hub ask at this address, with a cache of its own and no proxy on the way."""
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setenv("HF_HOME", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return folder / "hub"


def single(folder: Path, **about: Any) -> Repository:
    """A repository with one branch."""
    return Repository({"main": folder}, **about)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallHub
    asked: Asked

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_args: object) -> None:
        """What was asked is in `asked`; the terminal stays quiet."""

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        head = self.headers
        self.asked = Asked(
            self.command, path, head["Range"], head["Authorization"], head["Host"] or ""
        )
        self.server.shelf.asked.append(self.asked)
        fault = self._fault(path) if path.startswith("/api/") else None
        if fault and isinstance(fault.how, int):
            self._refuse(fault.how, "Trouble")
        elif path.startswith("/cdn/"):
            self._body(self.server.shelf.linked[path.removeprefix("/cdn/")])
        elif path.startswith(("/api/models/", "/api/datasets/")):
            _, _, kind, rest = path.split("/", 3)
            self._tell(kind, rest)
        elif "/resolve/" not in path:
            self._refuse(404, "EntryNotFound")
        else:
            is_data = path.startswith("/datasets/")
            name, _, rest = path.removeprefix("/datasets").strip("/").partition("/resolve/")
            self._give("datasets" if is_data else "models", name, rest)

    def _tell(self, kind: str, rest: str) -> None:
        """What the API says of a repository."""
        name, _, revision = rest.partition("/revision/")
        name, _, tree = name.partition("/tree/")
        wants_offers = name.endswith("/discussions")
        name = name.removesuffix("/discussions")
        repository = self._repository(kind, name)
        if repository is None:
            return
        if wants_offers:
            offers = [_offer(name, number, author) for number, author in repository.offers]
            self._json({"discussions": offers, "count": len(offers), "start": 0})
            return
        folder = _folder(repository, unquote(revision or tree or "main"))
        if folder is None:
            self._refuse(404, "RevisionNotFound")
        elif tree:
            self._json([_entry(folder, one) for one in _files(folder)])
        else:
            files = [_sibling(folder, one) for one in _files(folder)]
            self._json({"id": name, "sha": _commit(folder), "siblings": files, "tags": []})

    def _give(self, kind: str, name: str, rest: str) -> None:
        """A file, or for a large one the way to it."""
        revision, _, inside = rest.partition("/")
        repository = self._repository(kind, name)
        if repository is None:
            return
        folder = _folder(repository, unquote(revision))
        if folder is None:
            self._refuse(404, "RevisionNotFound")
            return
        if repository.gated and self.asked.token != "Bearer agreed":
            self._refuse(401, "GatedRepo")
            return
        file = folder / unquote(inside)
        commit = {"X-Repo-Commit": _commit(folder)}
        if not file.is_file():
            self._refuse(404, "EntryNotFound", commit)
        elif _is_large(file):
            self._link(file, commit)
        else:
            self._body(file, {**commit, "ETag": f'"{git_hash(file)}"'})

    def _link(self, file: Path, headers: dict[str, str]) -> None:
        digest = sha256(file)
        self.server.shelf.linked[digest] = file
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(file.stat().st_size)}
        # Another name of the same machine stands for another host.
        place = f"http://localhost:{self.server.server_address[1]}/cdn/{digest}"
        self._send(302, b"", {**headers, **linked, "Location": place})

    def _repository(self, kind: str, name: str) -> Repository | None:
        present = self.server.shelf.renamed.get(name)
        if present is not None:
            self._send(307, b"", {"Location": self.path.replace(name, present, 1)})
            return None
        found = self.server.shelf.repositories.get(name)
        if found is None or found.kind != kind:
            # The Hub does not tell a stranger whether a repository is private or not there.
            self._refuse(401, "RepoNotFound")
            return None
        return found

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(
            status, b"{}", {"X-Error-Code": code, "X-Error-Message": code, **(headers or {})}
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, {"Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)
            self.asked.sent += len(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.asked.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _body(self, file: Path, headers: dict[str, str] | None = None) -> None:
        """A whole file, or what the range asks for, as far as no fault comes between."""
        fault = self._fault(file.name) if self.command == "GET" else None
        if fault and isinstance(fault.how, int):
            self._refuse(fault.how, "Trouble")
            return
        if fault and fault.how == "damaged":
            damaged = file.read_bytes()[::-1]
            self._send(200, damaged, headers or {})
            return
        if fault and fault.how == "whole":
            self.asked.part = None
        size = file.stat().st_size
        begin = int((self.asked.part or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        part = {"Content-Length": str(size - begin), "Accept-Ranges": "bytes", **(headers or {})}
        if self.asked.part:
            part["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
        self._head(206 if self.asked.part else 200, part)
        if self.command == "HEAD":
            return
        with file.open("rb") as content:
            content.seek(begin)
            self._pour(content, min(size - begin, fault.after) if fault else size - begin)
        if fault and fault.how == "silent":
            self.server.closing.wait()
        if fault:
            self.close_connection = True

    def _pour(self, content: Any, count: int) -> None:
        while count > 0:
            piece = content.read(min(_PIECE, count))
            self.wfile.write(piece)
            self.asked.sent += len(piece)
            count -= len(piece)
            time.sleep(len(piece) / self.server.shelf.bytes_per_second)

    def _fault(self, path: str) -> Fault | None:
        for one in self.server.faults:
            if path.endswith(one.ending) and one.times > 0:
                one.times -= 1
                return one
        return None


def _folder(repository: Repository, revision: str) -> Path | None:
    if revision in repository.branches:
        return repository.branches[revision]
    folders = repository.branches.values()
    return next((folder for folder in folders if _commit(folder) == revision), None)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _commit(folder: Path) -> str:
    parts = [f"{file.relative_to(folder)} {git_hash(file)}" for file in _files(folder)]
    return hashlib.sha1("\n".join([str(folder), *parts]).encode()).hexdigest()


def _is_large(file: Path) -> bool:
    return file.suffix in _LARGE


def _sibling(folder: Path, file: Path) -> dict[str, Any]:
    size = file.stat().st_size
    told = {"rfilename": str(file.relative_to(folder)), "size": size, "blobId": git_hash(file)}
    lfs = {"sha256": sha256(file), "size": size, "pointerSize": 134}
    return {**told, "lfs": lfs} if _is_large(file) else told


def _entry(folder: Path, file: Path) -> dict[str, Any]:
    size, path = file.stat().st_size, str(file.relative_to(folder))
    told = {"type": "file", "path": path, "size": size, "oid": git_hash(file)}
    lfs = {"oid": sha256(file), "size": size, "pointerSize": 134}
    return {**told, "lfs": lfs} if _is_large(file) else told


def _offer(name: str, number: int, author: str) -> dict[str, Any]:
    return {
        "num": number,
        "author": {"name": author},
        "title": "Adding `safetensors` variant of this model",
        "status": "open",
        "isPullRequest": True,
        "createdAt": "2023-06-01T00:00:00.000Z",
        "repo": {"name": name, "type": "model"},
    }


def sha256(file: Path) -> str:
    return _hashed("sha256", file, file.stat().st_mtime_ns)


def git_hash(file: Path) -> str:
    """As git names the content; for a large file the Hub names the pointer to it instead."""
    if _is_large(file):
        return hashlib.sha1(sha256(file).encode()).hexdigest()
    return _hashed("git", file, file.stat().st_mtime_ns)


@cache
def _hashed(how: str, file: Path, _changed: int) -> str:
    head = f"blob {file.stat().st_size}\0".encode() if how == "git" else b""
    found = hashlib.new("sha1" if how == "git" else how, head)
    with file.open("rb") as content:
        while piece := content.read(1 << 20):
            found.update(piece)
    return found.hexdigest()
