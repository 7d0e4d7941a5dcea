"""Hosts whose kernels are forked, and what is asked of such a kernel."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from .conftest import Channel, Host

T = TypeVar("T")
ON = {"TUNINGFORK_FORK": "1"}
#: A host whose template loads Jupyter's kernel only, in half a second, and is kept while somebody
#: works on our modules.
LIGHT = """
import sys
from host.fork import supervisor
supervisor.PROGRAM = ["-c", {template!r}]
supervisor.FIRST_PAUSE_S = 0.3
supervisor.fingerprint = str
{patch}
from host.__main__ import main
sys.exit(main())
"""
#: A host that keeps its template while somebody works on our modules.
STEADY = """
import sys
from host.fork import supervisor
supervisor.fingerprint = str
from host.__main__ import main
sys.exit(main())
"""
LIGHT_TEMPLATE = """
from host.fork import libraries
libraries.FIRST_USE = libraries.LEARNING = ()
libraries._ours = list
{patch}
from host.fork.__main__ import main
main()
"""


@contextmanager
def running(
    env: dict[str, str] | None = None, program: tuple[str, ...] | None = None
) -> Iterator[Host]:
    """A host in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="tf-", ignore_cleanup_errors=True) as folder:
        host = Host(Path(folder) / "run", env={**ON, **(env or {})}, program=program)
        try:
            yield host
        finally:
            host.stop()


def light(in_host: str = "", in_template: str = "") -> tuple[str, ...]:
    """A program for `running`; more code for the host and for its template."""
    template = LIGHT_TEMPLATE.format(patch=in_template)
    return ("-c", LIGHT.format(template=template, patch=in_host))


def await_template(host: Host, which: int = 1) -> int:
    """Wait until the host forks from its n-th template; return its process id."""
    word = "Kernels are forked from now on by process "
    return int(await_log(host, word, which).split(word)[which].partition(".")[0])


def await_log(host: Host, words: str, times: int = 1) -> str:
    def there() -> str | None:
        text = host.log.read_text()
        return text if text.count(words) >= times else None

    return until(there)


def until(look: Callable[[], T | None], seconds: float = 40) -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def start(host: Host) -> str:
    return host.start_kernel(host.runtime.parent / "work")


def model(host: Host, kernel: str) -> dict[str, Any]:
    answer: dict[str, Any] = host.ask("GET", f"/api/kernels/{kernel}")[1]
    return answer


def how(host: Host, kernel: str) -> tuple[str, str | None]:
    facts = model(host, kernel)
    return facts["started"], facts["cold_because"]


def run(channel: Channel, code: str, stream: str = "stdout") -> str:
    """What the code printed."""
    request = channel.execute(code)
    messages = [m for m in channel.idle(request) if m["parent"] == request]
    errors = [m["content"] for m in messages if m["type"] == "error"]
    assert not errors, errors
    texts = (m["content"] for m in messages if m["type"] == "stream")
    return "".join(text["text"] for text in texts if text["name"] == stream)


def ask(channel: Channel, expression: str, before: str = "") -> Any:
    """The value of an expression, which JSON must be able to hold."""
    return json.loads(run(channel, f"{before}\nimport json; print(json.dumps({expression}))"))


def death(channel: Channel) -> dict[str, Any]:
    facts: dict[str, Any] = channel.until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    return facts
