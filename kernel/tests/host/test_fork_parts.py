"""The small parts of the fork server, by themselves."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ipykernel.kernelapp import IPKernelApp

from host.fork.beginning import settings
from host.fork.blas import _loaded, use_threads
from host.fork.child import _is_wanted
from host.fork.choice import choose_starter
from host.fork.handlers import handlers_on, move_to_cells
from host.fork.installed import fingerprint
from host.fork.pages import large_parts
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
from host.spec import write_spec

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


def test_large_pages_are_asked_for_where_they_fit_and_no_file_lies() -> None:
    maps = """\
00400000-00a00000 r--p 00000000 fe:00 12 /usr/bin/python3
00a01000-01001000 rw-p 00000000 00:00 0  [heap]
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
7f0000500000-7f00006fffff rw-p 00000000 00:00 0
7f0000800000-7f0000c00000 rw-p 00000000 fe:00 12 /usr/lib/libc.so
7f0001000000-7f0001400000 rw-s 00000000 00:01 9 /dev/zero (deleted)
"""
    parts = [0xC00000, 0xE00000, 0x7F0000000000, 0x7F0000200000]
    assert list(large_parts(maps)) == parts


LARGE_PROGRAM = """
import mmap, os
from host.fork.pages import make_large
kept = mmap.mmap(-1, 2**25, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
kept[:] = b"x" * 2**25
made = make_large()
text = open("/proc/self/smaps_rollup").read()
huge = int(text.partition("AnonHugePages:")[2].split()[0]) // 2048
child = os.fork()
if child == 0:
    kept[0] = 0
    os._exit(kept[4096])
_, code = os.waitpid(child, 0)
# Linux before 6.1 makes none.
print(made == 0 or made >= 14, huge >= made, kept[0], os.waitstatus_to_exitcode(code))
"""


def test_large_pages_hold_what_the_small_ones_held() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LARGE_PROGRAM],
        env={**os.environ, "PYTHONPATH": str(KERNEL_FOLDER)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True", str(ord("x")), str(ord("x"))]


def test_a_command_line_means_what_it_means_to_jupyter(folder: Path) -> None:
    argv = json.loads(write_spec(folder).read_text())["argv"]
    words = [*argv[3:], "--IPKernelApp.parent_handle=7"]
    ours, theirs = IPKernelApp(), IPKernelApp()
    config = settings(words)
    assert config is not None
    ours.update_config(config)
    theirs.parse_command_line(words)
    names = ("connection_file", "parent_handle", "outstream_class", "extra_extensions")
    assert [getattr(ours, n) for n in names] == [getattr(theirs, n) for n in names]
    assert ours.config.HistoryManager == theirs.config.HistoryManager


@pytest.mark.parametrize("word", ["--debug", "--ip=0.0.0.0", "lesson.py", "--no-secure", "-h"])
def test_a_command_line_that_says_more_is_left_to_jupyter(word: str) -> None:
    assert settings(["-f", "c.json", word]) is None


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


def test_switched_off_there_is_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNINGFORK_FORK", "0")
    assert _refusal(choose_starter({})) == "off"
    monkeypatch.delenv("TUNINGFORK_FORK")
    assert isinstance(choose_starter({}), Supervisor)


def _refusal(starter: object) -> str:
    assert isinstance(starter, NoStarter)
    starter.begin()
    with Path(os.devnull).open("rb") as nothing, pytest.raises(NotReadyError) as refusal:
        asyncio.run(starter.start(Order(["python"], {}, "/", nothing)))
    starter.end()
    return refusal.value.reason
