"""`input()` in a real kernel: each answer answers one question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Channel, Host

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
