"""Real kernels that nobody uses: frozen, woken by anything, put away, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from .conftest import Channel, Host
from .forking import model, run, running, until

#: Seconds without use; looks are every eighth of the shorter one.
FREEZE_S, END_S = 0.5, 1.6


@contextmanager
def resting(freeze: float, end: float = 0.0) -> Iterator[Host]:
    """A host with these limits."""
    env = {
        "TUNINGFORK_FREEZE_MINUTES": str(freeze / 60),
        "TUNINGFORK_END_MINUTES": str(end / 60),
    }
    with running({**env, "TUNINGFORK_FORK": "0"}) as host:
        yield host


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One that freezes its kernels, for every test that leaves it alive."""
    with resting(FREEZE_S) as there:
        yield there
        kernels = psutil.Process(there.process.pid).children(recursive=True)
        assert any(is_held(process) for process in kernels)
    # Frozen kernels end with their host like all others.
    until(lambda: not any(process.is_running() for process in kernels))


@pytest.fixture
def own_host() -> Iterator[Host]:
    with resting(FREEZE_S) as there:
        yield there


@pytest.fixture(scope="module")
def ending_host() -> Iterator[Host]:
    """One that puts them away as well."""
    with resting(FREEZE_S, END_S) as there:
        yield there


def begin(host: Host) -> tuple[str, Channel, psutil.Process]:
    kernel = host.start_kernel(host.runtime.parent / "work")
    channel = host.open(kernel)
    run(channel, "x = 20")
    return kernel, channel, psutil.Process(model(host, kernel)["pid"])


def rest(channel: Channel, state: str) -> dict[str, Any]:
    """Read until the kernel is said to be so; what is said is acked, as the web process does."""
    messages = channel.until(
        lambda m: m["type"] == "tuningfork_rest" and m["content"]["state"] == state
    )
    channel.ack(messages[-1]["tape"])
    content: dict[str, Any] = messages[-1]["content"]
    return content


def is_held(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_STOPPED


def test_frozen_and_woken_by_a_message(host: Host) -> None:
    kernel, channel, process = begin(host)
    rest(channel, "frozen")
    # The system stops a process at its next turn.
    until(lambda: is_held(process))
    # Being looked at is no use.
    model(host, kernel)
    assert is_held(process)
    assert run(channel, "print(x + 1)") == "21\n"
    assert not is_held(process)
    rest(channel, "frozen")
    until(lambda: is_held(process))


def test_workers_are_held_as_well(host: Host) -> None:
    _, channel, process = begin(host)
    run(channel, "import subprocess; p = subprocess.Popen(['sleep', '60'])")
    (worker,) = process.children()
    rest(channel, "frozen")
    until(lambda: is_held(process) and is_held(worker))
    run(channel, "p.kill(); p.wait()")
    assert not worker.is_running()


#: A cell that waits, a thread that computes, a training that waits in a thread.
WORK = (
    "import time; time.sleep(2)",
    """
import threading, time
def work():
    end = time.monotonic() + 2
    while time.monotonic() < end: sum(range(10_000))
threading.Thread(target=work).start()
""",
    """
import threading, time
from tuningfork.stop import Stop
def train():
    with Stop().listening(): time.sleep(2)
threading.Thread(target=train).start()
""",
)


def test_a_kernel_at_work_is_left_alone(host: Host) -> None:
    kernels = [begin(host) for _ in WORK]
    for (_, channel, _), code in zip(kernels, WORK, strict=True):
        channel.execute(code)
    until(lambda: not any(is_held(process) for *_, process in kernels))
    for _ in range(12):
        assert not any(is_held(process) for *_, process in kernels)
        time.sleep(0.1)
    for _, channel, _ in kernels:
        rest(channel, "frozen")


def test_interrupt_restart_and_the_end_of_a_frozen_kernel(host: Host) -> None:
    kernel, channel, process = begin(host)
    rest(channel, "frozen")
    assert host.ask("POST", f"/api/kernels/{kernel}/interrupt")[0] == 204
    assert not is_held(process)
    rest(channel, "frozen")
    assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert not process.is_running()
    assert run(channel, "print('x' in dir())") == "False\n"
    rest(channel, "frozen")
    assert host.ask("DELETE", f"/api/kernels/{kernel}")[0] == 204


def test_the_death_of_a_frozen_kernel_is_told(host: Host) -> None:
    _, channel, process = begin(host)
    rest(channel, "frozen")
    process.kill()
    channel.until(lambda m: m["type"] == "tuningfork_died")


def test_the_sudden_end_of_the_host_wakes_what_it_held(own_host: Host) -> None:
    _, channel, process = begin(own_host)
    run(channel, "import subprocess; p = subprocess.Popen(['sleep', '60'])")
    (worker,) = process.children()
    rest(channel, "frozen")
    own_host.process.kill()
    until(lambda: not is_held(process) and not is_held(worker))
    worker.kill()
    process.kill()


def test_put_away_after_a_warning_and_back(ending_host: Host) -> None:
    kernel, channel, process = begin(ending_host)
    assert rest(channel, "ending")["ends_in_s"] <= 1
    assert rest(channel, "ended")["why"] == "unused"
    assert not process.is_running()
    assert model(ending_host, kernel)["execution_state"] == "dead"
    assert ending_host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert run(channel, "print('x' in dir())") == "False\n"


def test_a_message_after_the_warning_is_enough(ending_host: Host) -> None:
    _, channel, process = begin(ending_host)
    rest(channel, "ending")
    channel.execute("x")
    rest(channel, "awake")
    assert process.is_running()


def test_not_put_away_before_all_it_said_is_kept(ending_host: Host) -> None:
    kernel, channel, process = begin(ending_host)
    channel.until(lambda m: m["content"].get("state") == "ending")
    time.sleep(END_S)
    assert process.is_running()
    channel.ack(model(ending_host, kernel)["tape"])
    rest(channel, "ended")
    assert not process.is_running()


def test_without_memory_a_start_waits_and_one_unused_kernel_goes() -> None:
    """The first start finds room because it is alone; the second puts the first one away."""
    poor = (
        "import sys\n"
        "from host import keeper, kernels\n"
        "keeper.SPARE_S = 0.5\n"
        "kernels.free_memory = lambda total: 0\n"
        "from host.__main__ import main\n"
        "sys.exit(main())\n"
    )
    with running({"TUNINGFORK_FORK": "0"}, program=("-c", poor)) as host:
        kernel, channel, process = begin(host)
        order = {"name": "tuningfork", "path": str(host.runtime.parent / "work")}
        assert host.ask("POST", "/api/kernels", order)[0] == 503
        channel.ack(model(host, kernel)["tape"])
        time.sleep(0.6)
        until(lambda: host.ask("POST", "/api/kernels", order)[0] == 201)
        assert rest(channel, "ended")["why"] == "memory"
        assert not process.is_running()
