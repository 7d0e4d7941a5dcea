"""Sockets and shared things: other kernels, Jupyter, this machine's ports, other machines."""

from __future__ import annotations

import ctypes
import json
import socket
from pathlib import Path

from host.walls.escape.probe import Attempt, BlockedError, secret_in
from host.walls.escape.raw import call
from host.walls.escape.stage import (
    ABSTRACT,
    HOSTNAME,
    LAN,
    METADATA,
    TEMPORARY_SOCKET,
    Stage,
)

_SECONDS = 2.0
_READ_ONLY = 0o10000
_KEYCTL_SEARCH, _KEYCTL_READ, _SESSION_KEYRING = 10, 11, -3
KEY = b"tuningfork-theatre"


def read_jupyter_token(stage: Stage) -> str:
    return secret_in((stage.host / "host.json").read_text())


def speak_to_jupyter(stage: Stage) -> str:
    return _said(stage.host / "jupyter.sock")


def list_other_kernels(stage: Stage) -> str:
    kernels = [path.name for path in (stage.host / "k").iterdir()]
    if "bo" not in kernels:
        raise BlockedError(f"only {kernels} are seen")
    return str(kernels)


def read_other_connection(stage: Stage) -> str:
    return secret_in((stage.host / "k" / "bo" / "c.json").read_text())


def speak_to_other_kernel(stage: Stage) -> str:
    return _said(stage.host / "k" / "bo" / "s" / "k-1")


def take_place_of_other_socket(stage: Stage) -> str:
    path = stage.host / "k" / "bo" / "s" / "k-2"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as mine:
        mine.bind(str(path))
    return "bound"


def read_other_log(stage: Stage) -> str:
    return secret_in((stage.host / "k" / "bo" / "stderr").read_text())


def change_own_connection(stage: Stage) -> str:
    path = Path(stage.run) / "c.json"
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text))
    return "written"


def swap_own_connection(stage: Stage) -> str:
    """The host writes this file again at a restart, and would follow the link."""
    link = Path(stage.run) / "c.new"
    link.unlink(missing_ok=True)
    link.symlink_to(stage.other / "essay.txt")
    link.unlink()
    return "a link could be put there"


def speak_to_temporary_socket(_stage: Stage) -> str:
    return _said(TEMPORARY_SOCKET)


def speak_to_abstract_socket(_stage: Stage) -> str:
    return _said(ABSTRACT)


def own_machine(stage: Stage) -> str:
    return _answer("127.0.0.1", stage.ports["tcp"])


def own_machine_by_zero(stage: Stage) -> str:
    return _answer("0.0.0.0", stage.ports["tcp"])  # noqa: S104


def other_debugger(stage: Stage) -> str:
    return _answer("127.0.0.1", stage.ports["debugger"])


def own_machine_by_packet(stage: Stage) -> str:
    return _packet("127.0.0.1", stage.ports["udp"])


def other_machine(stage: Stage) -> str:
    return _answer(LAN, stage.ports["tcp"])


def other_machine_by_packet(stage: Stage) -> str:
    return _packet(LAN, stage.ports["udp"])


def cloud_keys(stage: Stage) -> str:
    return _answer(METADATA, stage.ports["tcp"])


def listen_on_network(_stage: Stage) -> str:
    with socket.create_server((LAN, 0)) as server:
        return str(server.getsockname())


def see_open_ports(stage: Stage) -> str:
    port = f":{stage.ports['tcp']:04X} "
    if port not in Path("/proc/net/tcp").read_text():
        raise BlockedError("the host's ports are not listed")
    return "listed"


def see_sockets(_stage: Stage) -> str:
    if "jupyter.sock" not in Path("/proc/net/unix").read_text():
        raise BlockedError("Jupyter's socket is not listed")
    return "listed"


def raw_packets(_stage: Stage) -> str:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW):
        return "a raw socket"


def know_host(_stage: Stage) -> str:
    if socket.gethostname() != HOSTNAME:
        raise BlockedError(f"it is called {socket.gethostname()} here")
    return HOSTNAME


def attach_shared_memory(stage: Stage) -> str:
    handle = call("shmget", stage.keys["memory"], 0, 0)
    return secret_in(ctypes.string_at(call("shmat", handle, None, _READ_ONLY), 16))


def find_semaphore(stage: Stage) -> str:
    return str(call("semget", stage.keys["semaphore"], 0, 0))


def find_messages(stage: Stage) -> str:
    return str(call("msgget", stage.keys["messages"], 0))


def read_keyring(_stage: Stage) -> str:
    """A key that the host's own session holds."""
    key = call("keyctl", _KEYCTL_SEARCH, _SESSION_KEYRING, b"user", KEY, 0)
    text = ctypes.create_string_buffer(64)
    call("keyctl", _KEYCTL_READ, key, text, 64)
    return secret_in(text.value)


def _said(address: str | Path) -> str:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(_SECONDS)
        link.connect(str(address))
        return secret_in(link.recv(100))


def _answer(host: str, port: int) -> str:
    with socket.create_connection((host, port), _SECONDS) as link:
        return secret_in(link.recv(100))


def _packet(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(_SECONDS)
        link.connect((host, port))
        link.send(b"?")
        return secret_in(link.recv(100))


PROBES: tuple[Attempt, ...] = (
    read_jupyter_token,
    speak_to_jupyter,
    list_other_kernels,
    read_other_connection,
    speak_to_other_kernel,
    take_place_of_other_socket,
    read_other_log,
    change_own_connection,
    swap_own_connection,
    speak_to_temporary_socket,
    speak_to_abstract_socket,
    own_machine,
    own_machine_by_zero,
    other_debugger,
    own_machine_by_packet,
    other_machine,
    other_machine_by_packet,
    cloud_keys,
    listen_on_network,
    see_open_ports,
    see_sockets,
    raw_packets,
    know_host,
    attach_shared_memory,
    find_semaphore,
    find_messages,
    read_keyring,
)
