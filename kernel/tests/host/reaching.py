"""A kernel behind walls that may reach one host, as a program of an ordinary user; prints what it got.

The hosts are servers of this program's own, on loopback.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from .conftest import Channel, Host
from .forking import ask, await_template, light, running, start

WALLS = {"TUNINGFORK_WALLS": "1"}
ASK = """
import http.client, os, socket, urllib.parse
def through(host, port):
    proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
    link = http.client.HTTPConnection(proxy.hostname, proxy.port, timeout=20)
    link.set_tunnel(host, port)
    try:
        link.request("POST", "/", body=b"x" * 3_000_000)
        return link.getresponse().read().decode()
    except OSError as error:
        return str(error)
def raw(head):
    proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
    with socket.create_connection((proxy.hostname, proxy.port), 20) as link:
        link.sendall(head)
        link.shutdown(socket.SHUT_WR)
        return link.recv(200).decode().split(" ")[1]
def straight(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5)
    except OSError as error:
        return type(error).__name__
"""


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = f"got {len(self.rfile.read(size))}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: the output of this program is read."""


@contextmanager
def serving() -> Iterator[int]:
    """A port of a host that answers."""
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def look(channel: Channel, allowed: int, closed: int) -> dict[str, Any]:
    return {
        "through": ask(channel, f"through('127.0.0.1', {allowed})", ASK),
        "other port": ask(channel, f"through('127.0.0.1', {closed})"),
        "other name": ask(channel, f"through('example.org', {allowed})"),
        "straight": ask(channel, f"straight({allowed})"),
        "plain": ask(channel, r"raw(b'GET http://127.0.0.1/ HTTP/1.1\r\n\r\n')"),
        "nonsense": ask(channel, r"raw(b'\x16\x03\x01')"),
        "child": ask(
            channel,
            "subprocess.run(['sh', '-c', 'echo $https_proxy'], capture_output=True, text=True)"
            ".stdout.strip() == os.environ['HTTPS_PROXY']",
            "import subprocess",
        ),
    }


def reach() -> dict[str, Any]:
    with serving() as allowed, serving() as closed:
        env = {**WALLS, "TUNINGFORK_HOSTS": f"127.0.0.1:{allowed}"}
        with tempfile.TemporaryDirectory(prefix="tf-") as folder:
            run = Path(folder) / "run"
            host = Host(run, env=env)
            try:
                kernel = start(host)
                facts = look(host.open(kernel), allowed, closed)
                host.process.kill()
                host.stop()
                (run / "host.json").unlink(missing_ok=True)
                host = Host(run, env=env)
                channel = host.open(kernel)
                facts["after"] = ask(channel, f"through('127.0.0.1', {allowed})")
            finally:
                host.stop()
    with running(env=WALLS, program=light()) as host:
        await_template(host)
        channel = host.open(start(host))
        facts["none"] = ask(channel, "os.environ.get('HTTPS_PROXY')", "import os")
    return facts


if __name__ == "__main__":
    print(json.dumps(reach()))
