"""A kernel that works answers on its control channel, and runs cells beside others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Channel, Host

pytestmark = pytest.mark.timeout(90)

FOREVER = "import time\nprint('on', flush=True)\nwhile True: time.sleep(0.01)"
#: A stand-in for a training: it ends when it is paused, as the loop does.
TRAINING = """
import time
from tuningfork.stop import Stop
stop = Stop()
with stop.listening():
    print("on", flush=True)
    while not stop.asked: time.sleep(0.01)
print("asked to", stop.asked)
"""


@pytest.fixture
def channel(host: Host, folder: Path) -> Channel:
    return host.open(host.start_kernel(folder / "work"))


def _ask(channel: Channel, kind: str, **content: Any) -> dict[str, Any]:
    request = channel.send("control", kind, content)
    answers = channel.until(lambda m: m["parent"] == request and m["type"].endswith("_reply"))
    answer: dict[str, Any] = answers[-1]["content"]
    return answer


def _ask_during(channel: Channel, cell: str, **content: Any) -> tuple[Any, str]:
    """What the kernel answers, and what the cell has said at its end: either may come first."""
    request = channel.send("control", "tuningfork_request", content)
    open_ = {"answer", "cell"}

    def is_over(message: dict[str, Any]) -> bool:
        if message["parent"] == request and message["type"].endswith("_reply"):
            open_.discard("answer")
        if message["parent"] == cell and message["content"].get("execution_state") == "idle":
            open_.discard("cell")
        return not open_

    heard = channel.until(is_over)
    answers = [m for m in heard if m["parent"] == request and m["type"].endswith("_reply")]
    return answers[-1]["content"]["done"], _said(heard, cell)


def _begin(channel: Channel, code: str, subshell: str | None = None) -> str:
    request = channel.execute(code, subshell=subshell)
    channel.until(lambda m: m["parent"] == request and m["type"] == "stream")
    return request


def _said(messages: list[dict[str, Any]], request: str) -> str:
    return "".join(
        m["content"].get("text", "") + m["content"].get("ename", "")
        for m in messages
        if m["parent"] == request and m["type"] in ("stream", "error")
    )


def test_a_training_is_paused_while_the_kernel_is_busy(channel: Channel) -> None:
    training = _begin(channel, TRAINING)
    done, said = _ask_during(channel, training, do="pause")
    assert done is True
    assert "asked to pause" in said
    assert _ask(channel, "tuningfork_request", do="pause")["done"] is False


def test_what_runs_beside_others_is_interrupted_alone(channel: Channel) -> None:
    subshell = _ask(channel, "create_subshell_request")["subshell_id"]
    training = _begin(channel, TRAINING)
    beside = _begin(channel, FOREVER, subshell)
    asked = {"do": "interrupt", "execution": beside}
    done, said = _ask_during(channel, beside, **asked)
    assert done is True
    assert "KeyboardInterrupt" in said
    # It is over: a late click hits neither it nor the next one.
    assert _ask(channel, "tuningfork_request", **asked)["done"] is False
    after = channel.execute("print('after')", subshell=subshell)
    assert _said(channel.idle(after), after) == "after\n"
    done, said = _ask_during(channel, training, do="pause")
    assert done is True
    assert "asked to pause" in said


def test_what_is_said_with_a_request_reaches_the_library(channel: Channel) -> None:
    code = "from tuningfork.request import asked_to_go_on\nprint(asked_to_go_on())"
    asked = channel.execute(code, metadata={"tuningfork": {"go_on": True}})
    assert _said(channel.idle(asked), asked) == "True\n"
    plain = channel.execute(code)
    assert _said(channel.idle(plain), plain) == "False\n"
