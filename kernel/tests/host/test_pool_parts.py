"""The small parts of the pool, by themselves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from host.fork.choice import choose_starter
from host.fork.port import NoStarter, NotReadyError, Order
from host.pool.pool import Pool
from host.settings import SettingRefusedError
from host.walls.room import Room

from .conftest import KERNEL_FOLDER


@pytest.fixture(autouse=True)
def _forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNINGFORK_FORK", "pool")
    monkeypatch.delenv("TUNINGFORK_POOL", raising=False)


def test_the_pool_is_for_other_systems_and_for_who_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert isinstance(choose_starter({}), Pool)
    monkeypatch.delenv("TUNINGFORK_FORK")
    assert not isinstance(choose_starter({}), Pool)
    for system in ("darwin", "win32"):
        monkeypatch.setattr(sys, "platform", system)
        assert isinstance(choose_starter({}), Pool)
    monkeypatch.setenv("TUNINGFORK_FORK", "0")
    assert _reason(choose_starter({})) == "off"


def test_its_size_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, size in (("", 1), ("3", 3)):
        monkeypatch.setenv("TUNINGFORK_POOL", text)
        starter = choose_starter({})
        assert isinstance(starter, Pool)
        assert starter._size == size
    monkeypatch.setenv("TUNINGFORK_POOL", "0")
    assert _reason(choose_starter({})) == "off"
    monkeypatch.setenv("TUNINGFORK_POOL", "many")
    with pytest.raises(SettingRefusedError, match="TUNINGFORK_POOL=many is not a number of proc"):
        choose_starter({})


def _reason(starter: object) -> str | None:
    assert isinstance(starter, NoStarter)
    return starter.standing.why_not


def test_with_walls_nothing_comes_from_the_pool(tmp_path: Path) -> None:
    assert _reason(choose_starter({}, walls=True)) == "walls"
    pool = Pool({}, 1)
    room = Room(home=tmp_path, run=tmp_path)
    with Path(os.devnull).open("rb") as nothing, pytest.raises(NotReadyError) as refusal:
        asyncio.run(pool.start(Order([sys.executable], {}, "/", nothing, room)))
    assert refusal.value.reason == "walls"


#: First everything that is not ours, as it is on this system.
ON_WINDOWS = """
import builtins, sys
import jupyter_server.serverapp, jupyter_client.provisioning.local_provisioner, psutil, zmq, tornado
import jupyter_server.services.kernels.kernelmanager, jupyter_server.services.kernels.handlers
import jupyter_server.services.kernels.websocket, jupyter_server.services.api.handlers
plain = builtins.__import__
def only_there(name, globals=None, *rest):
    if str((globals or {}).get("__name__")).startswith("host."):
        assert name not in ("resource", "fcntl", "pwd", "grp", "termios", "pty"), (name, globals["__name__"])
    return plain(name, globals, *rest)
builtins.__import__ = only_there
sys.platform = "win32"
import ctypes, os, socket, time
plain_library = ctypes.CDLL
def library(name, *rest, **more):
    assert name is not None, "there is no such library on Windows"
    return plain_library(name, *rest, **more)
ctypes.CDLL = library
for place, names in ((os, "fork register_at_fork"), (socket, "AF_UNIX"), (time, "tzset")):
    for one in names.split():
        delattr(place, one)
import host.__main__, host.app
from host.fork.choice import choose_starter
print(type(choose_starter({})).__name__)
"""


def test_the_host_is_read_without_what_windows_has_not_got() -> None:
    plain = {name: text for name, text in os.environ.items() if name[:11] != "TUNINGFORK_"}
    environment = {**plain, "PYTHONPATH": str(KERNEL_FOLDER)}
    done = subprocess.run(
        [sys.executable, "-c", ON_WINDOWS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Pool\n", done.stderr
