"""Kernels that fill their folder, as a program of an ordinary user; prints what was told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .conftest import Channel, Host
from .forking import await_template, death, light, run, running, start, until

#: A bound of 8 MB, and few pauses.
ENV = {"TUNINGFORK_WALLS": "1", "TUNINGFORK_HOME_MB": "8"}
OFTEN = """
from host import fullness
fullness._EVERY_S = fullness._FIRST_S = 0.2
fullness._NOTABLE = 2**10
"""
WRITE = "open({name!r}, 'wb').write(bytes(int({mb} * 2**20)))"
#: Where the host cannot list, unless it has the right to.
CLOSED = "import os; os.mkdir('closed'); os.chmod('closed', 0o300)"
ENDLESS = """
import time
number = 0
while number < 600:
    open(f"closed/more-{number}", "wb").write(bytes(2**18))
    number += 1
    time.sleep(0.1)
"""
DEAF = """
import time
for number in range(600):
    try:
        open(f"deaf-{number}", "wb").write(bytes(2**18))
        time.sleep(0.1)
    except KeyboardInterrupt:
        pass
"""


def fill() -> dict[str, Any]:
    with running(env=ENV, program=light(OFTEN)) as host:
        await_template(host)
        kernel = start(host)
        channel = host.open(kernel)
        notice = host.runtime / "k" / kernel[:8] / "folder.txt"
        facts: dict[str, Any] = {"quiet": _told(channel, "1")}
        run(channel, WRITE.format(name="most", mb=7.5))
        _await(notice, "nearly full")
        facts["nearly"] = _told(channel, "1")
        run(channel, CLOSED)
        facts["error"] = _error(channel, ENDLESS)
        facts["freed"] = _told(channel, "!chmod 700 closed; rm -rf most closed; sleep 1; echo done")
        _await(notice, "")
        facts["after"] = _told(channel, "print('again')")
        channel.execute(DEAF)
        facts["death"] = death(channel)["cause"]
        return {**facts, **_next(host, kernel)}


def _next(host: Host, kernel: str) -> dict[str, Any]:
    """The next process begins with a folder that is too full, and is there to make room."""
    host.ask("POST", f"/api/kernels/{kernel}/restart")
    channel = host.open(kernel)
    return {"room": _told(channel, "!sleep 1.5; rm deaf-*; echo room")}


def _await(notice: Path, words: str) -> None:
    def told() -> bool | None:
        text = notice.read_text() if notice.exists() else ""
        return (words in text and bool(words) == bool(text)) or None

    until(told)


def _told(channel: Channel, code: str) -> str:
    request = channel.execute(code)
    said = [m["content"] for m in channel.idle(request) if m["type"] in ("stream", "error")]
    return "".join(str(one.get("text") or one.get("ename")) for one in said)


def _error(channel: Channel, code: str) -> list[str]:
    request = channel.execute(code)
    (error,) = (m["content"] for m in channel.idle(request) if m["type"] == "error")
    return [error["ename"], error["evalue"]]


if __name__ == "__main__":
    print(json.dumps(fill()))
