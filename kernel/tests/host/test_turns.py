"""Who of a class goes first: with real processes, on this machine's own scheduler."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from host.ahead import go_ahead, may_go_ahead
from host.places import FIRST, LAST, Place, cores, place_of, set_cores
from host.sessions import Sessions, Used, has_sessions
from host.turns import Turns, place_for, wants_turns

#: A session whose processes compute on all cores, and make one session more.
BUSY = """
import os, signal
for _ in range(os.cpu_count() or 1):
    if os.fork() == 0: break
else:
    # Found by nobody when the first has ended: it ends by itself.
    if os.fork() == 0: os.setsid(); signal.alarm(30)
while True: pass
"""
#: The same at rest.
CALM = BUSY.replace("while True: pass", "signal.pause()")
#: Has Linux work for it nearly all the time.
FORKING = """
import os
while True:
    if (child := os.fork()) == 0: os._exit(0)
    os.waitpid(child, 0)
"""
ALONE, NARROW = Place(LAST), Place(LAST, narrow=True)


@pytest.fixture
def start() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Begins a program in a session of its own; all of them are ended."""
    begun: list[subprocess.Popen[bytes]] = []

    def begin(code: str) -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-c", code], start_new_session=True))
        return begun[-1]

    yield begin
    for process in begun:
        for session in {process.pid, *Sessions().look([process.pid], [])}:
            subprocess.run(["pkill", "-KILL", "-s", str(session)], check=False)
        process.wait()


def until(what: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("present", "seconds", "system", "place"),
    [
        (FIRST, 0.1, 0.1, FIRST),
        (FIRST, 0.2, 0.0, ALONE),
        (FIRST, 0.2, 0.1, NARROW),
        (ALONE, 1.0, 0.15, ALONE),
        (NARROW, 1.0, 0.15, NARROW),
        (NARROW, 1.0, 0.05, ALONE),
        (NARROW, 0.1, 0.1, FIRST),
    ],
)
def test_who_computes_long_gives_way(
    present: Place, seconds: float, system: float, place: Place
) -> None:
    now = Used((1,), 5 + seconds, 3 + system)
    assert place_for(present, Used((1,), 5, 3), now, 0.5) == place


def test_somebody_alone_has_nobody_to_give_way_to() -> None:
    assert wants_turns({"TUNINGFORK_CLASS": "1"})
    assert not wants_turns({})


def test_all_sessions_below_a_process_are_its_own(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    process, other = start(CALM), start("import signal; signal.pause()").pid
    root = process.pid
    sessions = Sessions()
    until(lambda: len(sessions.look([root], [])) == 2)
    first, second = sorted(sessions.look([root], []).values(), key=lambda use: -len(use.pids))
    assert first.pids[0] == root
    assert len(first.pids) == 1 + (os.cpu_count() or 1)
    assert not {other, os.getpid()} & {*first.pids, *second.pids}
    # Known from before, even when what made it has ended.
    process.kill()
    process.wait()
    assert second.pids[0] in {pid for use in sessions.look([], []).values() for pid in use.pids}


def test_a_session_that_is_nobodys_is_left_alone(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    root = start("import time; time.sleep(60)").pid
    assert set(Sessions().look([root], [])) == {root}
    assert Sessions().look([root], [root]) == {}


async def watch(pid: int, wanted: Callable[[Place], bool], seconds: float = 15) -> Place:
    """Where a kernel's session stands, as soon as it is as wanted or the time is over."""
    kernel = SimpleNamespace(provisioner=SimpleNamespace(pid=pid))
    kernels = SimpleNamespace(list_kernel_ids=lambda: ["one"], get_kernel=lambda _: kernel)
    standing = SimpleNamespace(pid=None, others=())
    turns = Turns(kernels, SimpleNamespace(standing=standing))
    keeping = asyncio.create_task(turns._keep())
    end = time.monotonic() + seconds
    while not wanted(place_of(pid)) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    keeping.cancel()
    return place_of(pid)


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """The host under test is this process, which may go ahead of others."""
    before = os.sched_getscheduler(0)
    yield
    os.sched_setscheduler(0, before, os.sched_param(0))


@pytest.mark.usefixtures("as_it_was")
def test_a_session_that_computes_goes_last_until_it_rests(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    assert has_sessions(), "this system does not share its processors out among sessions"
    root = start(BUSY).pid
    assert asyncio.run(watch(root, lambda place: place.rank == LAST)).rank == LAST
    subprocess.run(["pkill", "-STOP", "-s", str(root)], check=True)
    # Another host finds it so, and puts it back.
    assert asyncio.run(watch(root, lambda place: place == FIRST)) == FIRST


@pytest.mark.usefixtures("as_it_was")
def test_one_that_linux_works_for_has_one_core(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    root = start(FORKING).pid
    others = [start("while True: pass") for _ in cores()]
    narrow = len(cores()) > 1
    assert asyncio.run(watch(root, lambda place: place.narrow)) == Place(LAST, narrow)
    os.kill(root, signal.SIGSTOP)
    assert asyncio.run(watch(root, lambda place: place == FIRST)) == FIRST
    assert others


def test_cores_are_set_for_all_threads(start: Callable[[str], subprocess.Popen[bytes]]) -> None:
    code = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    pid = start(code).pid
    until(lambda: len(os.listdir(f"/proc/{pid}/task")) == 2)
    threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    set_cores([pid], narrow=True)
    assert [os.sched_getaffinity(one) for one in threads] == [{cores()[-1]}] * 2
    set_cores([pid], narrow=False)
    assert [os.sched_getaffinity(one) for one in threads] == [{*cores()}] * 2


def test_ahead_where_it_is_allowed_and_never_what_it_starts(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    code = "import subprocess, sys, time; time.sleep(1)\n"
    process = start(f"{code}subprocess.run([sys.executable, '-c', 'while True: pass'])")
    allowed = may_go_ahead()
    assert go_ahead(process.pid) == allowed
    policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK if allowed else os.SCHED_OTHER
    assert os.sched_getscheduler(process.pid) == policy
    sessions = Sessions()
    until(lambda: len(sessions.look([process.pid], [])[process.pid].pids) == 2)
    child = sessions.look([process.pid], [])[process.pid].pids[1]
    assert os.sched_getscheduler(child) == os.SCHED_OTHER


def test_one_that_has_ended_cannot_go_ahead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not go_ahead(process.pid)
