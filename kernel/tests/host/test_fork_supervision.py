"""The template's life: when it is used, when it is not, and that nothing depends on it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from .conftest import Host
from .forking import (
    ask,
    await_log,
    await_template,
    death,
    how,
    light,
    model,
    run,
    running,
    start,
    until,
)

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def forking() -> Iterator[Host]:
    """One host, for those tests that leave it as it was."""
    with running(program=light("from host.fork import reaper; reaper._SWEEP_S = 0.3")) as host:
        await_template(host)
        yield host


@contextmanager
def _other_spec(host: Host, old: str, new: str) -> Iterator[None]:
    path = host.runtime / "jupyter" / "data" / "kernels" / "tuningfork" / "kernel.json"
    text = path.read_text()
    path.write_text(text.replace(old, new))
    yield
    path.write_text(text)


def _children(host: Host) -> list[psutil.Process]:
    return psutil.Process(host.process.pid).children()


def _templates(host: Host) -> list[psutil.Process]:
    # A forked kernel has the template's command line, and leads a session of its own.
    return [
        p for p in _children(host) if os.getsid(p.pid) == p.pid and "main()" in str(p.cmdline())
    ]


def test_switched_off_there_is_no_template(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    assert how(host, kernel) == ("cold", "off")
    assert [p.pid for p in _children(host)] == [model(host, kernel)["pid"]]


SLOW = "import time; time.sleep(3)"


def test_while_it_loads_one_kernel_goes_ahead_and_the_others_wait() -> None:
    with running(program=light(in_template=SLOW)) as host:
        first = start(host)
        assert how(host, first) == ("cold", "loading")
        assert "Kernels are forked" not in host.log.read_text()
        with ThreadPoolExecutor(3) as pool:
            others = list(pool.map(lambda _: start(host), range(3)))
        assert {how(host, other) for other in others} == {("forked", None)}
        assert ask(host.open(others[0]), "1 + 1") == 2


def test_nobody_waits_for_ever() -> None:
    with running(program=light("supervisor.PATIENCE_S = 0.5", SLOW.replace("3", "30"))) as host:
        began = time.monotonic()
        assert [how(host, start(host)) for _ in range(2)] == [("cold", "loading")] * 2
        assert time.monotonic() - began < 5


def test_a_template_that_cannot_load_costs_no_kernel() -> None:
    with running(program=light(in_template="libraries.KERNEL = ('no_such_module',)")) as host:
        await_log(host, "The template has ended", 2)
        assert "no_such_module" in host.log.read_text()
        kernel = start(host)
        assert how(host, kernel)[0] == "cold"
        assert ask(host.open(kernel), "1 + 1") == 2


THREAD = (
    "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
)


def test_a_template_with_a_second_thread_is_refused() -> None:
    with running(program=light(in_template=THREAD)) as host:
        assert "2 threads; it must have one" in await_log(host, "The template has ended")
        assert how(host, start(host))[0] == "cold"


UNABLE = """
from host.fork import child
def broken(*_): raise RuntimeError("not this time")
child._make_kernel = broken
"""


@pytest.mark.parametrize("code", [UNABLE, UNABLE.replace("raise", "import os; os._exit(1)  #")])
def test_a_fork_that_fails_is_made_good_by_an_ordinary_start(code: str) -> None:
    with running(
        program=light("from host.fork import reaper; reaper._SWEEP_S = 0.3", code)
    ) as host:
        await_template(host)
        kernel = start(host)
        assert how(host, kernel) == ("cold", "failed")
        channel = host.open(kernel)
        assert ask(channel, "1 + 1") == 2
        until(lambda: all(p.status() != "zombie" for p in _children(host)))
        # What went wrong is in the kernel's own log, and the template is none the worse.
        log = host.runtime / "k" / kernel[:8] / "stderr"
        assert ("not this time" in log.read_text()) == ("os._exit" not in code)
        assert "The template has ended" not in host.log.read_text()


HANGING = UNABLE.replace("raise", "import time; time.sleep(60)  #")


def test_a_fork_that_hangs_is_given_up_and_does_not_live_on() -> None:
    impatient = "supervisor.ANSWER_LIMIT_S = 1; from host.fork import reaper; reaper._SWEEP_S = 0.3"
    with running(program=light(impatient, HANGING.replace("60", "3"))) as host:
        await_template(host)
        kernel = start(host)
        assert how(host, kernel) == ("cold", "failed")
        expected = {model(host, kernel)["pid"], *(p.pid for p in _templates(host)[:1])}
        until(lambda: {p.pid for p in _children(host)} == expected)


def test_when_packages_change_a_new_template_is_loaded(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    (packages / "one-1.0.dist-info").mkdir(parents=True)
    real = "from host.fork import installed; supervisor.fingerprint = installed.fingerprint"
    patch = f"import sys; sys.path.append({str(packages)!r}); {real}"
    with running(program=light(patch)) as host:
        await_template(host)
        assert how(host, start(host)) == ("forked", None)
        (packages / "two-1.0.dist-info").mkdir()
        (packages / "two.py").write_text("")
        kernel = start(host)
        assert how(host, kernel) == ("cold", "changed")
        await_template(host, 2)
        assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
        assert how(host, kernel) == ("forked", None)


def test_a_kernel_that_is_not_ipykernel_is_started_as_it_says(forking: Host) -> None:
    with _other_spec(forking, "ipykernel_launcher", "ipykernel"):
        kernel = start(forking)
    assert how(forking, kernel) == ("cold", "command")
    assert ask(forking.open(kernel), "1 + 1") == 2


def test_a_variable_that_libraries_have_read_must_be_the_same(forking: Host) -> None:
    with _other_spec(forking, '"TUNINGFORK_APP"', '"MY_OWN": "x", "TUNINGFORK_APP"'):
        kernel = start(forking)
    assert how(forking, kernel) == ("forked", None)
    assert ask(forking.open(kernel), "os.environ['MY_OWN']", "import os") == "x"
    with _other_spec(forking, '"TUNINGFORK_APP"', '"HF_HOME": "x", "TUNINGFORK_APP"'):
        assert how(forking, start(forking)) == ("cold", "environment")
    assert "the variables differ: HF_HOME" in forking.log.read_text()


def test_what_kernels_leave_behind_is_collected(forking: Host) -> None:
    before = {p.pid for p in _children(forking)}
    channel = forking.open(start(forking))
    # A grandchild that loses its parent, in a session that nobody ends.
    code = "import os, subprocess; subprocess.run('setsid sleep 0.5 & exit', shell=True)"
    ours = before | {int(run(channel, f"{code}; print(os.getpid())"))}
    until(lambda: {p.pid for p in _children(forking)} - ours)
    until(lambda: {p.pid for p in _children(forking)} == ours)
    assert ask(channel, "1 + 1") == 2


def test_kernels_outlive_their_template_and_the_next_comes_from_a_new_one(forking: Host) -> None:
    template = await_template(forking)
    kernel = start(forking)
    channel = forking.open(kernel)
    os.kill(template, signal.SIGKILL)
    await_log(forking, "The template has ended")
    assert ask(channel, "1 + 1") == 2
    channel.execute("import os; os._exit(4)")
    assert death(channel)["exit_code"] == 4
    assert await_template(forking, 2) != template
    assert forking.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert how(forking, kernel) == ("forked", None)


def test_when_the_host_is_asked_to_end_kernels_and_template_end() -> None:
    with running(program=light()) as host:
        pids = [await_template(host), *(model(host, start(host))["pid"] for _ in range(2))]
        host.process.send_signal(signal.SIGTERM)
        host.process.wait(20)
        until(lambda: not any(_runs(pid) for pid in pids), 10)


def test_when_the_host_is_killed_the_template_ends_and_kernels_go_on() -> None:
    """The next host has a template of its own, and takes the kernels over."""
    with running(program=light()) as host:
        template, kernel = await_template(host), model(host, start(host))["pid"]
        host.process.kill()
        host.process.wait(20)
        until(lambda: not _runs(template), 10)
        assert _runs(kernel)
        os.kill(kernel, signal.SIGKILL)


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"


def test_over_loopback_a_forked_kernel_is_reached_with_encryption(folder: Path) -> None:
    host = Host(folder / "run", "--tcp", env={"TUNINGFORK_FORK": "1"}, program=light())
    try:
        await_template(host)
        kernel = start(host)
        assert how(host, kernel) == ("forked", None)
        assert ask(host.open(kernel), "1 + 1") == 2
    finally:
        host.stop()
