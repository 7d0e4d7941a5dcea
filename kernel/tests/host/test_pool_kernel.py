"""A kernel from the pool beside one that was started the ordinary way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from .conftest import Channel, Host
from .forking import ask, death, how, model, run, start, until
from .pooling import WAITS, await_waiting, light, pooled
from .test_fork_kernel import DRAWN, LOOK, NUMBERS, _unlike

pytestmark = pytest.mark.timeout(120)
BOUND_MB = 1500


@pytest.fixture(scope="module")
def pooling() -> Iterator[Host]:
    """One host for those tests that need no libraries."""
    with pooled(program=light(), TUNINGFORK_KERNEL_MEMORY_MB=str(BOUND_MB)) as host:
        yield host


@pytest.fixture
def kernel(pooling: Host) -> Iterator[str]:
    kernel = _from_pool(pooling)
    yield kernel
    pooling.ask("DELETE", f"/api/kernels/{kernel}")


@pytest.fixture
def channel(pooling: Host, kernel: str) -> Iterator[Channel]:
    link = pooling.open(kernel)
    yield link
    link.close()


_taken: set[int] = set()


def _from_pool(host: Host) -> str:
    """Wait until one waits that was not taken, and take it."""
    until(lambda: {*map(int, WAITS.findall(host.log.read_text()))} - _taken)
    kernel = start(host)
    assert how(host, kernel) == ("pooled", None)
    _taken.add(model(host, kernel)["pid"])
    return kernel


#: What Windows has not got. macOS has it all.
NOT_THERE = """
import os, signal, socket, sys, time
for name in ("resource", "fcntl", "pwd", "grp", "termios", "tty", "pty"):
    sys.modules[name] = None
for place, names in (
    (os, "fork forkpty getpgrp getpgid setsid killpg geteuid"),
    (time, "tzset"),
    (socket, "send_fds recv_fds"),
    (signal, "pidfd_send_signal"),
):
    for name in names.split():
        delattr(place, name)
from types import SimpleNamespace
from host.inside import shortage
# It is for Linux only, as it says, and would ask for `resource` here.
shortage.sys = SimpleNamespace(platform="win32")
from host.pool.__main__ import main
main()
"""


@pytest.mark.slow
def test_a_process_waits_and_becomes_a_kernel_without_what_windows_has_not_got() -> None:
    with pooled(program=NOT_THERE) as host:
        await_waiting(host)
        kernel = start(host)
        assert how(host, kernel) == ("pooled", None)
        channel = host.open(kernel)
        names = ["torch", "transformers", "accelerate", "tuningfork.loop"]
        assert (
            ask(channel, f"[name in sys.modules for name in {names}]", "import sys") == [True] * 4
        )
        assert ask(channel, "(torch.ones(2) * 2).sum().item()", "import torch") == 4
        assert ask(channel, "[hasattr(os, 'fork'), sys.modules['fcntl']]", "import os") == [
            False,
            None,
        ]


@pytest.mark.slow
def test_a_cell_sees_the_same_as_in_an_ordinary_kernel_and_everything_is_loaded() -> None:
    with pooled() as host:
        first = start(host)
        assert how(host, first) == ("cold", "loading")
        await_waiting(host)
        second = start(host)
        assert how(host, second) == ("pooled", None)
        one, two = host.open(first), host.open(second)
        assert ask(two, "'torch' in sys.modules", "import sys") is True
        began = time.monotonic()
        run(two, "import torch, transformers, accelerate, tuningfork.preload")
        assert time.monotonic() - began < 0.5
        ordinary, ours = ask(one, "_facts", LOOK), ask(two, "_facts", LOOK)
        for facts in (ordinary, ours):
            facts["environment"].pop("TORCHINDUCTOR_CACHE_DIR", None)
            assert facts["environment"].pop("TUNINGFORK_DOING").endswith("/doing")
            facts["files"] = [Path(name).name for name in facts["files"]]
        assert _unlike(ours.pop("environment"), ordinary.pop("environment")) == {}
        assert _unlike(ours, ordinary) == {}
        await_waiting(host, 2)
        third = host.open(start(host))
        pairs = zip(ask(two, DRAWN, NUMBERS), ask(third, DRAWN, NUMBERS), strict=True)
        assert all(a != b for a, b in pairs)
        # The debugger would take a minute with all of these on its list of modules.
        assert ask(third, "len(get_ipython().kernel.debugger.kernel_modules) < 1200") is True


def test_interrupt_ends_the_cell_and_keeps_the_state(
    pooling: Host, kernel: str, channel: Channel
) -> None:
    run(channel, "kept = 7")
    request = channel.execute("print('begun', flush=True)\nwhile True: pass")
    channel.until(lambda m: m["type"] == "stream")
    assert pooling.ask("POST", f"/api/kernels/{kernel}/interrupt")[0] == 204
    errors = [m["content"]["ename"] for m in channel.idle(request) if m["type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    assert ask(channel, "kept") == 7


@pytest.mark.parametrize(
    ("code", "cause", "exit_code", "name"),
    [
        ("import os; os._exit(3)", "exit", 3, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal", None, "SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "fault", None, "SIGSEGV"),
    ],
)
def test_a_death_is_named_and_the_fault_is_found(
    channel: Channel, code: str, cause: str, exit_code: int | None, name: str | None
) -> None:
    channel.execute(code)
    facts = death(channel)
    assert (facts["cause"], facts["exit_code"], facts["signal"]) == (cause, exit_code, name)
    assert (facts["where"] is not None) == (cause == "fault")


def test_it_works_in_its_folder_and_is_held_to_its_memory(pooling: Host, channel: Channel) -> None:
    look = "[os.getcwd(), resource.getrlimit(resource.RLIMIT_DATA)[0]]"
    folder, bound = ask(channel, look, "import os, resource")
    assert folder == str(pooling.runtime.parent / "work")
    # A little is kept back inside, to say that there is no more.
    assert BOUND_MB * 0.9 < bound / 2**20 <= BOUND_MB
    request = channel.execute("kept = bytearray(2 * 2**30)")
    errors = [m["content"]["ename"] for m in channel.idle(request) if m["type"] == "error"]
    assert errors == ["MemoryError"]


def test_what_is_written_past_python_and_to_nobody(channel: Channel) -> None:
    assert run(channel, "import os; os.write(1, b'one'); os.system('echo two >&2')") == "one"
    assert ask(channel, "sys.stdin.read()", "import sys") == ""


def test_shutdown_ends_the_process_and_its_workers(pooling: Host) -> None:
    kernel = _from_pool(pooling)
    channel = pooling.open(kernel)
    worker = ask(channel, "subprocess.Popen(['sleep', '60']).pid", "import subprocess")
    pid = model(pooling, kernel)["pid"]
    pooling.ask("DELETE", f"/api/kernels/{kernel}")
    assert not psutil.pid_exists(pid)
    until(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie")
