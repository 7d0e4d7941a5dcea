"""The small parts of the fork server, by themselves."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from host.fork.blas import _loaded, use_threads
from host.fork.child import _is_wanted
from host.fork.choice import choose_starter
from host.fork.handlers import handlers_on, move_to_cells
from host.fork.installed import fingerprint
from host.fork.port import NoStarter, NotReadyError, Order
from host.fork.process import ForkedProcess
from host.fork.protocol import (
    GO,
    ClosedError,
    Request,
    hear,
    packed,
    receive_request,
    send_request,
)
from host.fork.supervisor import Supervisor
from host.fork.variables import differing

from .conftest import KERNEL_FOLDER


def _child(code: int | None) -> int:
    pid = os.fork()
    if pid == 0:
        if code is None:
            signal.pause()
        os._exit(code or 0)
    return pid


def test_a_forked_process_tells_how_it_ended() -> None:
    process = ForkedProcess(_child(5))
    assert (process.wait(), process.poll(), process.returncode) == (5, 5, 5)
    process.send_signal(signal.SIGTERM)


def test_a_forked_process_takes_signals_like_popen() -> None:
    for end, name in (("terminate", -signal.SIGTERM), ("kill", -signal.SIGKILL)):
        process = ForkedProcess(_child(None))
        assert process.poll() is None
        getattr(process, end)()
        assert process.wait() == name


def test_a_request_and_its_descriptors_arrive_whole() -> None:
    long = {f"V{i}": "ä\udcff" * 50 for i in range(200)}
    request = Request(["python", "-m", "x"], long, "/", 7)
    one, two = socket.socketpair()
    with one, two, Path(os.devnull).open("rb") as nothing:
        send_request(one, request, [nothing.fileno()] * 3)
        got, streams = receive_request(two)
        assert got == request
        assert [os.readlink(f"/proc/self/fd/{stream}") for stream in streams] == [os.devnull] * 3
        for stream in streams:
            os.close(stream)


def test_a_side_that_goes_away_is_noticed() -> None:
    one, two = socket.socketpair()
    with two:
        one.sendall(packed({"pid": 1})[:-1])
        one.close()
        two.setblocking(False)
        with pytest.raises(ClosedError):
            asyncio.run(hear(two))
    one, two = socket.socketpair()
    with two:
        one.close()
        with pytest.raises(ClosedError):
            receive_request(two)


def test_a_kernel_begins_only_when_it_is_still_wanted() -> None:
    for word, wanted in ((GO, True), (b"", False), (b"?", False)):
        host, link = socket.socketpair()
        with host:
            host.sendall(word)
            host.shutdown(socket.SHUT_WR)
            assert _is_wanted(link) is wanted
            assert host.recv(100).endswith(b'{"pid": %d}' % os.getpid())


def test_variables_read_while_loading_matter_and_others_do_not() -> None:
    loaded = {"HOME": "/a", "HF_HOME": "/h", "OMP_NUM_THREADS": "1", "JPY_SESSION_NAME": "x"}
    assert differing({**loaded, "JPY_SESSION_NAME": "y", "MINE": "1"}, loaded) == []
    wanted = {"HOME": "/b", "OMP_NUM_THREADS": "1", "TORCH_HOME": "/t"}
    assert differing(wanted, loaded) == ["HF_HOME", "HOME", "TORCH_HOME"]


def test_a_saved_module_of_ours_changes_the_fingerprint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packages = tmp_path / "dist-packages"
    (packages / "one-1.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(packages), str(tmp_path)])
    before = fingerprint()
    (tmp_path / "loose.dist-info").mkdir()
    (packages / "module.py").touch()
    assert fingerprint() == before
    os.utime(packages / "one-1.dist-info", (1, 1))
    assert fingerprint() != before


def test_handlers_of_libraries_move_to_the_cells_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, other = (open(os.devnull, "w") for _ in range(3))  # noqa: SIM115
    logger = logging.getLogger("tests.handlers")
    logger.handlers = [
        logging.StreamHandler(old),
        logging.StreamHandler(other),
        logging.NullHandler(),
    ]
    found = handlers_on(old)
    assert found == logger.handlers[:1]
    monkeypatch.setattr(sys, "stderr", new)
    move_to_cells(found)
    assert [getattr(handler, "stream", None) for handler in logger.handlers] == [new, other, None]
    logger.handlers = []
    for file in (old, new, other):
        file.close()


LEAVING = """
import atexit, sys
from host.fork.leave import end_with, leave
atexit.register(leave)
atexit.register(lambda: print("tidied up"))
class Late:
    def __del__(self): print("torn down")
late = Late()
end_with(7)
"""


def test_a_kernel_ends_with_its_code_when_all_but_the_interpreter_has_tidied_up() -> None:
    env = {**os.environ, "PYTHONPATH": str(KERNEL_FOLDER)}
    command = [sys.executable, "-c", LEAVING]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "tidied up\n")


BLAS = """
import os, numpy
from host.fork.blas import _loaded, use_threads
def threads(): return len(os.listdir("/proc/self/task"))
before = threads()
use_threads({"OPENBLAS_NUM_THREADS": "3", "OMP_NUM_THREADS": "word"})
numpy.ones((600, 600)) @ numpy.ones((600, 600))
print(before, threads(), len(_loaded("openblas")))
"""


def test_numpy_gets_its_threads_after_the_fork() -> None:
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(KERNEL_FOLDER)}
    done = subprocess.run(
        [sys.executable, "-c", BLAS], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "3", "1"]
    assert _loaded("no such library") == set()
    use_threads({})


def test_the_switch_and_other_systems_have_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNINGFORK_FORK", "0")
    assert _refusal(choose_starter({})) == "off"
    monkeypatch.delenv("TUNINGFORK_FORK")
    assert isinstance(choose_starter({}), Supervisor)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert _refusal(choose_starter({})) == "system"


def _refusal(starter: object) -> str:
    assert isinstance(starter, NoStarter)
    starter.begin()
    with Path(os.devnull).open("rb") as nothing, pytest.raises(NotReadyError) as refusal:
        asyncio.run(starter.start(Order(["python"], {}, "/", nothing)))
    starter.end()
    return refusal.value.reason
