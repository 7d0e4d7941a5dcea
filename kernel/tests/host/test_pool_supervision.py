"""The pool's life: when it is used, when it is not, and that nothing depends on it."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from .conftest import Host
from .forking import ask, await_log, death, how, model, start, until
from .pooling import STEADY, await_waiting, light, pooled

pytestmark = pytest.mark.timeout(90)
LATE = "pool.LULL_S = 60"


def _children(host: Host) -> set[int]:
    return {process.pid for process in psutil.Process(host.process.pid).children()}


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"


def test_a_waiting_process_becomes_the_kernel_and_another_is_loaded_in_its_place() -> None:
    with pooled(program=light()) as host:
        waiting = await_waiting(host)
        kernel = start(host)
        assert how(host, kernel) == ("pooled", None)
        assert model(host, kernel)["pid"] == waiting
        assert ask(host.open(kernel), "os.getpid()", "import os") == waiting
        second = await_waiting(host, 2)
        assert _children(host) == {waiting, second}
        assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
        assert how(host, kernel) == ("pooled", None)
        assert model(host, kernel)["pid"] == second
        assert ask(host.open(kernel), "1 + 1") == 2


def test_two_asked_at_once_get_one_each_and_the_next_is_ordinary() -> None:
    with pooled(LATE, program=light(), size=2) as host:
        await_waiting(host, 2)
        with ThreadPoolExecutor(2) as threads:
            kernels = list(threads.map(lambda _: start(host), range(2)))
        assert {how(host, kernel) for kernel in kernels} == {("pooled", None)}
        numbers = {ask(host.open(kernel), "os.getpid()", "import os") for kernel in kernels}
        assert len(numbers) == 2
        assert how(host, start(host)) == ("cold", "loading")


def test_what_was_taken_is_made_good_when_nobody_starts_a_kernel() -> None:
    with pooled("pool.LULL_S = 3", program=light()) as host:
        await_waiting(host)
        for count in (1, 2, 3):
            start(host)
            # None but the kernels: nothing is loaded beside their start.
            assert len(_children(host)) == count
            last = time.monotonic()
            time.sleep(1)
        await_waiting(host, 2)
        assert time.monotonic() - last > 2.5


def test_one_is_loaded_at_a_time() -> None:
    with pooled(program=light("import time; time.sleep(1)"), size=3) as host:
        most = 0
        while host.log.read_text().count("waits to be a kernel") < 3:
            ready = host.log.read_text().count("waits to be a kernel")
            most = max(most, len(_children(host)) - ready)
            time.sleep(0.02)
        # One that was just loaded may be a line of the log ahead.
        assert most <= 2
        assert len(_children(host)) == 3


def test_a_waiting_process_that_is_killed_is_replaced() -> None:
    with pooled(program=light()) as host:
        os.kill(await_waiting(host), signal.SIGKILL)
        await_log(host, "A waiting process has ended with -9")
        await_waiting(host, 2)
        assert how(host, start(host)) == ("pooled", None)


def test_one_that_cannot_load_costs_no_kernel_and_is_not_tried_without_end() -> None:
    with pooled(program="import sys; sys.exit('no such luck')") as host:
        await_log(host, "could not be loaded", 2)
        time.sleep(3)
        # After 0.4, 0.8, 1.6 and 3.2 seconds.
        assert 3 <= host.log.read_text().count("no such luck") <= 5
        kernel = start(host)
        assert how(host, kernel) == ("cold", "failed")
        assert ask(host.open(kernel), "1 + 1") == 2


def test_one_that_talks_nonsense_is_not_used() -> None:
    with pooled(program="import time; print('hello', flush=True); time.sleep(60)") as host:
        await_log(host, "could not be loaded")
        assert how(host, start(host))[0] == "cold"


UNABLE = """
from host.pool import inside
def broken(*_): raise RuntimeError("not this time")
inside.use_place = broken
"""


HANGING = UNABLE.replace(
    "raise", "import os, time; os.write(2, b'not this time'); time.sleep(60) #"
)


@pytest.mark.parametrize("code", [UNABLE, HANGING])
def test_one_that_does_not_become_a_kernel_is_made_good_by_an_ordinary_start(code: str) -> None:
    with pooled("pool.ANSWER_LIMIT_S = 1.5", program=light(code)) as host:
        waiting = await_waiting(host)
        kernel = start(host)
        assert how(host, kernel) == ("cold", "failed")
        assert not _runs(waiting)
        channel = host.open(kernel)
        # What went wrong is in the kernel's own log, and what comes later is behind it.
        real = "get_ipython().kernel.log.handlers[0].stream.fileno()"
        channel.execute(f"import os; os.write({real}, b'the end'); os._exit(1)")
        told = death(channel)["log"]
        assert told.endswith("the end")
        assert "not this time" in told


def test_when_packages_change_the_pool_is_thrown_away(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    (packages / "one-1.0.dist-info").mkdir(parents=True)
    real = "from host.fork import installed; pool.fingerprint = waiting.fingerprint = installed.fingerprint"
    patch = f"sys.path.append({str(packages)!r}); {real}"
    with pooled(patch, program=light(), size=2) as host:
        old = {await_waiting(host, which) for which in (1, 2)}
        (packages / "two-1.0.dist-info").mkdir()
        kernel = start(host)
        assert how(host, kernel) == ("cold", "changed")
        assert not any(map(_runs, old))
        await_waiting(host, 3)
        assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
        assert how(host, kernel) == ("pooled", None)


def test_a_variable_that_libraries_have_read_must_be_the_same() -> None:
    with pooled(program=light()) as host:
        await_waiting(host)
        path = host.runtime / "jupyter" / "data" / "kernels" / "tuningfork" / "kernel.json"
        text = path.read_text()
        path.write_text(text.replace('"TUNINGFORK_APP"', '"HF_HOME": "x", "TUNINGFORK_APP"'))
        assert how(host, start(host)) == ("cold", "environment")
        path.write_text(text.replace('"TUNINGFORK_APP"', '"MY_OWN": "x", "TUNINGFORK_APP"'))
        kernel = start(host)
        assert how(host, kernel) == ("pooled", None)
        assert ask(host.open(kernel), "os.environ['MY_OWN']", "import os") == "x"


def test_without_memory_nothing_is_loaded_in_advance() -> None:
    with pooled("pool._has_memory = lambda: False", program=light()) as host:
        time.sleep(1)
        assert _children(host) == set()
        assert how(host, start(host)) == ("cold", "memory")


def test_when_the_host_is_asked_to_end_kernels_and_waiting_processes_end() -> None:
    with pooled(program=light()) as host:
        await_waiting(host)
        pids = [model(host, start(host))["pid"], await_waiting(host, 2)]
        host.process.send_signal(signal.SIGTERM)
        host.process.wait(20)
        until(lambda: not any(map(_runs, pids)), 10)


def test_when_the_host_is_killed_waiting_processes_end_and_kernels_go_on() -> None:
    with pooled(program=light()) as host:
        await_waiting(host)
        kernel = model(host, start(host))["pid"]
        waiting = await_waiting(host, 2)
        host.process.kill()
        host.process.wait(20)
        until(lambda: not _runs(waiting), 10)
        time.sleep(1.5)
        assert _runs(kernel)
        os.kill(kernel, signal.SIGKILL)


def test_the_next_host_takes_such_a_kernel_over() -> None:
    with pooled(program=light()) as host:
        await_waiting(host)
        kernel = start(host)
        pid = ask(host.open(kernel), "os.getpid()", "import os; kept = 7")
        host.process.kill()
        host.process.wait(20)
        (host.runtime / "host.json").unlink()
        next_host = Host(host.runtime, env={"TUNINGFORK_FORK": "0"})
        try:
            assert how(next_host, kernel) == ("pooled", None)
            assert ask(next_host.open(kernel), "[os.getpid(), kept]") == [pid, 7]
        finally:
            next_host.stop()
        assert not _runs(pid)


def test_the_health_of_the_pool_is_told() -> None:
    with pooled(LATE, program=light(), size=2) as host:
        pids = {await_waiting(host, which) for which in (1, 2)}
        facts = until(lambda: _pool(host, lambda facts: facts.get("memory")))
        assert (facts["kind"], facts["why_not"], facts["processes"]) == ("pool", None, 2)
        assert facts["pid"] in pids
        for _ in pids:
            start(host)
        facts = until(lambda: _pool(host, lambda facts: facts["pid"] is None))
        assert (facts["kind"], facts["why_not"]) == ("pool", "loading")


def _pool(host: Host, fits: object) -> dict[str, object] | None:
    facts: dict[str, object] = host.ask("GET", "/api/health")[1]["template"]
    assert callable(fits)
    return facts if fits(facts) else None


def test_over_loopback_such_a_kernel_is_reached_with_encryption(folder: Path) -> None:
    program = STEADY.format(patch=f"waiting.PROGRAM = ['-c', {light()!r}]")
    host = Host(folder / "run", "--tcp", env={"TUNINGFORK_FORK": "pool"}, program=("-c", program))
    try:
        await_waiting(host)
        kernel = start(host)
        assert how(host, kernel) == ("pooled", None)
        assert ask(host.open(kernel), "1 + 1") == 2
    finally:
        host.stop()
