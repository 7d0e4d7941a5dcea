"""The host is killed; the next one takes its kernels over, and nothing that they said is missing."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from .conftest import Channel, Host
from .forking import ask, await_template, light, model, run, running, until

pytestmark = pytest.mark.timeout(90)
#: Lines with their numbers, faster and slower, then the end.
LINES = """
import time
for n in range({count}):
    print("line", n, flush=True)
    time.sleep({pause})
print("the end")
"""


class Hosts:
    """One host after the other in the same folder."""

    def __init__(self, folder: Path, **env: str) -> None:
        self._folder = folder
        self._env = env
        self.now = self._begin()

    def _begin(self) -> Host:
        return Host(self._folder / "run", env=self._env)

    def kill(self) -> None:
        self.now.process.kill()
        self.now.stop()
        # The next host removes it, but not before a test could read it.
        (self._folder / "run" / "host.json").unlink(missing_ok=True)

    def next(self) -> Host:
        """Kill the host and start another."""
        self.kill()
        self.now = self._begin()
        return self.now


@pytest.fixture
def hosts(folder: Path) -> Iterator[Hosts]:
    chain = Hosts(folder)
    yield chain
    chain.now.stop()


def _start(host: Host) -> tuple[str, Channel, int]:
    kernel = host.start_kernel(host.runtime.parent / "work")
    channel = host.open(kernel)
    return kernel, channel, ask(channel, "os.getpid()", "import os")


def _numbers(messages: list[dict[str, Any]]) -> list[int]:
    return [message["tape"] for message in messages]


def _text(messages: list[dict[str, Any]], request: str) -> str:
    mine = (m for m in messages if m["parent"] == request and m["type"] == "stream")
    return "".join(m["content"]["text"] for m in mine)


def _is_gone(pid: int) -> bool:
    """It has ended, whether or not somebody has collected it."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _expected(count: int) -> str:
    return "".join(f"line {n}\n" for n in range(count)) + "the end\n"


def test_a_running_cell_goes_on_and_nothing_is_missing_or_comes_twice(hosts: Hosts) -> None:
    kernel, channel, pid = _start(hosts.now)
    request = channel.execute(LINES.format(count=300, pause=0.01))
    heard = channel.until(lambda m: m["type"] == "stream" and "line 20\n" in m["content"]["text"])
    host = hosts.next()
    again = host.open(kernel, after=heard[-1]["tape"])
    heard += again.idle(request)
    assert _text(heard, request) == _expected(300)
    assert _numbers(heard) == list(range(heard[0]["tape"], heard[-1]["tape"] + 1))
    assert ask(again, "os.getpid()") == pid


def test_what_is_printed_while_no_host_listens_is_on_the_tape(hosts: Hosts) -> None:
    kernel, channel, _ = _start(hosts.now)
    request = channel.execute("import time\ntime.sleep(0.3)\n" + LINES.format(count=20, pause=0))
    started = channel.until(lambda m: m["type"] == "execute_input")
    hosts.kill()
    time.sleep(1.0)
    again = hosts.next().open(kernel, after=started[-1]["tape"])
    assert _text(again.idle(request), request) == _expected(20)


def test_more_than_a_kernel_keeps_makes_it_wait_and_is_all_there(hosts: Hosts) -> None:
    kernel, channel, _ = _start(hosts.now)
    code = "import time\ntime.sleep(0.3)\nfor n in range(40): print(str(n % 10) * 1_000_000)"
    request = channel.execute(code)
    started = channel.until(lambda m: m["type"] == "execute_input")
    hosts.kill()
    time.sleep(1.5)
    again = hosts.next().open(kernel, after=started[-1]["tape"])
    text = _text(again.idle(request), request)
    assert [len(line) for line in text.splitlines()] == [1_000_000] * 40
    assert "".join(line[0] for line in text.splitlines()) == "0123456789" * 4


def test_interrupt_restart_and_shutdown_work_afterwards(hosts: Hosts) -> None:
    kernel, channel, pid = _start(hosts.now)
    ask(channel, "1", "kept = 41")
    host = hosts.next()
    again = host.open(kernel, after=model(host, kernel)["tape"])
    assert ask(again, "kept + 1") == 42
    endless = again.execute("while True: pass")
    again.until(lambda m: m["type"] == "execute_input")
    host.ask("POST", f"/api/kernels/{kernel}/interrupt")
    assert any(m["content"].get("ename") == "KeyboardInterrupt" for m in again.idle(endless))
    assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert ask(again, "'kept' in globals()") is False
    assert _is_gone(pid)
    assert host.ask("DELETE", f"/api/kernels/{kernel}")[0] == 204
    assert list((host.runtime / "k").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_the_end_of_a_kernel_that_was_taken_over_is_told_with_its_cause(
    hosts: Hosts, number: int
) -> None:
    kernel, _, pid = _start(hosts.now)
    host = hosts.next()
    again = host.open(kernel, after=model(host, kernel)["tape"])
    os.kill(pid, number)
    facts = again.until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    assert facts["signal"] == signal.Signals(number).name
    assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert ask(again, "40 + 2") == 42


def test_a_kernel_that_ended_while_there_was_no_host_is_told_of_honestly(hosts: Hosts) -> None:
    kernel, _, pid = _start(hosts.now)
    hosts.kill()
    os.kill(pid, signal.SIGKILL)
    until(lambda: _is_gone(pid))
    host = hosts.next()
    again = host.open(kernel, after=0)
    facts = again.until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    assert (facts["cause"], facts["signal"]) in [("unknown", None), ("signal", "SIGKILL")]
    assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert ask(again, "40 + 2") == 42


def test_a_death_that_was_told_is_not_told_again(hosts: Hosts) -> None:
    kernel, channel, pid = _start(hosts.now)
    os.kill(pid, signal.SIGKILL)
    last = channel.until(lambda m: m["type"] == "tuningfork_died")[-1]["tape"]
    host = hosts.next()
    time.sleep(0.3)
    assert model(host, kernel)["tape"] == last
    assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200


def test_a_question_asked_before_can_be_answered_after(hosts: Hosts) -> None:
    kernel, channel, _ = _start(hosts.now)
    request = channel.execute("import time; time.sleep(0.3); print('hello', input('who? '))")
    started = channel.until(lambda m: m["type"] == "execute_input")
    again = hosts.next().open(kernel, after=started[-1]["tape"])
    again.until(lambda m: m["type"] == "input_request")
    again.send("stdin", "input_reply", {"status": "ok", "value": "Ada"})
    assert _text(again.idle(request), request) == "hello Ada\n"


def test_what_was_printed_before_a_question_comes_before_it(hosts: Hosts) -> None:
    kernel, channel, _ = _start(hosts.now)
    last = 0
    # Without the order that the kernel gives them, about one in three came too early.
    for number in range(8):
        channel = hosts.next().open(kernel, after=last)
        request = channel.execute(f"print({number}); input('on? ')")
        asked = channel.until(lambda m: m["type"] == "input_request")
        kinds = [message["type"] for message in asked if message["parent"] == request]
        assert kinds == ["status", "execute_input", "stream", "input_request"]
        channel.send("stdin", "input_reply", {"status": "ok", "value": "yes"})
        last = channel.idle(request)[-1]["tape"]


def test_an_execution_that_is_sent_again_is_not_run_again(host: Host, folder: Path) -> None:
    channel = host.open(host.start_kernel(folder / "work"))
    run(channel, "count = 0")
    message = channel._session.msg("execute_request", {"code": "count += 1", "silent": False})
    for _ in range(2):
        channel.send_message("shell", message)
    channel.idle(message["header"]["msg_id"])
    assert ask(channel, "count") == 1


def test_a_kernel_whose_id_nobody_was_told_is_ended(hosts: Hosts) -> None:
    kernel = hosts.now.start_kernel(hosts.now.runtime.parent / "work")
    pid = model(hosts.now, kernel)["pid"]
    host = hosts.next()
    assert host.ask("GET", f"/api/kernels/{kernel}")[0] == 404
    until(lambda: _is_gone(pid))


def test_a_process_that_was_just_made_is_found_and_ended(hosts: Hosts) -> None:
    kernel, _, pid = _start(hosts.now)
    path = hosts.now.runtime / "k" / kernel[:8] / "kernel.json"
    record = {**json.loads(path.read_text()), "state": "launching", "pid": None}
    hosts.kill()
    path.write_text(json.dumps(record))
    hosts.next()
    until(lambda: _is_gone(pid))
    assert not path.exists()


def test_a_number_that_was_given_out_again_fools_nobody(hosts: Hosts) -> None:
    kernel, _, pid = _start(hosts.now)
    path = hosts.now.runtime / "k" / kernel[:8] / "kernel.json"
    record = {**json.loads(path.read_text()), "began": 1.0}
    hosts.kill()
    path.write_text(json.dumps(record))
    host = hosts.next()
    facts = host.open(kernel).until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    assert facts["cause"] == "unknown"
    assert psutil.Process(pid).status() != "zombie"
    os.kill(pid, signal.SIGKILL)


def test_a_kernel_that_no_host_comes_for_ends_itself(folder: Path) -> None:
    hosts = Hosts(folder, TUNINGFORK_HOST_WAIT_S="1")
    _, channel, pid = _start(hosts.now)
    run(channel, "import subprocess; child = subprocess.Popen(['sleep', '100'])")
    child = ask(channel, "child.pid")
    time.sleep(2)
    assert not _is_gone(pid), "with a host it goes on"
    hosts.kill()
    for one in (pid, child):
        until(lambda one=one: _is_gone(one))


def test_forked_kernels_are_taken_over_and_there_is_one_template(folder: Path) -> None:
    with running({"TUNINGFORK_HOST_WAIT_S": "20"}, light()) as host:
        template = await_template(host)
        kernel, channel, pid = _start(host)
        request = channel.execute(LINES.format(count=200, pause=0.01))
        heard = channel.until(lambda m: m["type"] == "stream")
        host.process.kill()
        host.process.wait()
        (host.runtime / "host.json").unlink()
        until(lambda: _is_gone(template))
        second = Host(host.runtime, env={"TUNINGFORK_FORK": "1"}, program=light())
        try:
            heard += second.open(kernel, after=heard[-1]["tape"]).idle(request)
            assert _text(heard, request) == _expected(200)
            assert model(second, kernel)["started"] == "forked"
            assert model(second, kernel)["pid"] == pid
        finally:
            second.stop()
    assert _is_gone(pid)
