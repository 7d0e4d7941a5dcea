"""`input()` in a real kernel: each answer answers one question."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Channel, Host
from .forking import ask, await_template, light, running

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def channel(host: Host, folder: Path) -> Channel:
    return host.open(host.start_kernel(folder / "work"))


def _answer(channel: Channel, text: str) -> dict[str, Any]:
    message = channel._session.msg("input_reply", {"status": "ok", "value": text})
    channel.send_message("stdin", message)
    return message


def test_an_answer_that_comes_twice_answers_one_question(channel: Channel) -> None:
    request = channel.execute("print(input('first? '), input('second? '))")
    channel.until(lambda m: m["type"] == "input_request")
    first = _answer(channel, "one")
    channel.until(lambda m: m["type"] == "input_request")
    # Another date, as from a web process that sends it again.
    again = {**first, "header": {**first["header"], "date": "2026-01-01T00:00:00Z"}}
    channel.send_message("stdin", again)
    second = _answer(channel, "two")
    heard = channel.idle(request)
    assert [m["content"]["text"] for m in heard if m["type"] == "stream"] == ["one two\n"]
    taken = [m for m in heard if m["type"] == "tuningfork_answered"]
    assert [m["content"]["answer"] for m in taken] == [second["header"]["msg_id"]]
    assert taken[0]["parent"] == request


def test_an_answer_to_a_process_that_died_leaves_the_next_one_alone() -> None:
    with running(program=light()) as host:
        await_template(host)
        kernel = host.start_kernel(host.runtime.parent / "work")
        channel = host.open(kernel)
        # What lingers for the old process is in the way of the new one if that is there within a second.
        for pause in range(10):
            pid = ask(channel, "os.getpid()", "import os")
            channel.execute("input('old? ')")
            channel.until(lambda m: m["type"] == "input_request")
            os.kill(pid, signal.SIGKILL)
            time.sleep(pause / 1000)
            _answer(channel, "late")
            channel.until(lambda m: m["type"] == "tuningfork_died")
            assert host.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
            request = channel.execute("import time; time.sleep(0.1); print(input('new? '))")
            channel.until(lambda m: m["type"] == "input_request")
            _answer(channel, "in time")
            said = [m["content"]["text"] for m in channel.idle(request) if m["type"] == "stream"]
            assert said == ["in time\n"]
