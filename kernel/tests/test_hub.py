"""Models from the Hub, against a small stand-in on this machine that speaks its download protocol."""

import hashlib
import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tuningfork import load_model, predict
from tuningfork.hub import ModelNotFound
from tuningfork.models import BUILT_IN

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Answers for every folder below `root`: what it holds, and each file."""

    root: Path
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_args: object) -> None:
        """Tests are quiet."""

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/"), body)
        elif "/resolve/" in path:
            name, _, rest = path.strip("/").partition("/resolve/")
            self._file(self.root / name / rest.partition("/")[2], body)
        else:
            self._send(404, b"", {}, body)

    def _info(self, path: str, body: bool) -> None:
        name = path.partition("/revision/")[0]
        name, _, tree = name.partition("/tree/")
        folder = self.root / name
        if not folder.is_dir():
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
            return
        files = sorted(path for path in folder.iterdir())
        listing: Any = {
            "id": name,
            "sha": COMMIT,
            "siblings": [{"rfilename": path.name} for path in files],
        }
        if tree or "/tree/" in self.path:
            listing = [
                {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": COMMIT}
                for path in files
            ]
        self._send(200, json.dumps(listing).encode(), {"Content-Type": "application/json"}, body)

    def _file(self, path: Path, body: bool) -> None:
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
            return
        content = path.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}, body)

    def _send(self, code: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder whose models the stand-in serves."""
    handler = type("Handler", (Hub,), {"root": tmp_path / "hub"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _use(monkeypatch, tmp_path, f"http://127.0.0.1:{server.server_address[1]}")
    yield tmp_path / "hub"
    server.shutdown()
    server.server_close()


def _use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path / "cache")
    )


@pytest.mark.filterwarnings("ignore")
def test_a_model_is_downloaded_and_works(hub: Path) -> None:
    shutil.copytree(BUILT_IN / "tiny-distilbert", hub / "someone" / "some-bert")
    model, _ = load_model("someone/some-bert", labels=("no", "yes"))
    assert len(predict(model, ["The soup was lovely."])) == 1


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_name_is_told_apart_from_no_network(hub: Path) -> None:
    hub.mkdir()
    with pytest.raises(ModelNotFound, match="no model named 'someone/misspelt'"):
        load_model("someone/misspelt", labels=("no", "yes"))


@pytest.mark.filterwarnings("ignore")
def test_weights_that_can_hold_code_are_refused(hub: Path) -> None:
    folder = hub / "someone" / "pickled"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "distilbert"}')
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelNotFound, match="no safetensors weights"):
        load_model("someone/pickled", labels=("no", "yes"))


def _refused() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections until its queue is full and never says a word: as behind a lost network."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        stuffing = [socket.socket() for _ in range(4)]
        for one in stuffing:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield f"http://127.0.0.1:{port}"
        for one in stuffing:
            one.close()


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_without_network_one_sentence_within_three_seconds(
    kind: str, silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub  # noqa: F401 - loaded in a lesson by then; its import is not what is timed

    _use(monkeypatch, tmp_path, silent if kind == "silent" else _refused())
    began = time.perf_counter()
    with pytest.raises(ModelNotFound, match=r"no network.*tiny-gpt2") as told:
        load_model("gpt2")
    assert time.perf_counter() - began < 3.0
    assert str(told.value).count(".") <= 3
