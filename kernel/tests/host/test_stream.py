"""The paced stream inside a real kernel: fewer messages, the same text, the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Channel, Host

pytestmark = pytest.mark.timeout(90)


def _tell(channel: Channel, code: str) -> list[tuple[str, str]]:
    """What was said, neighbouring pieces of one stream joined."""
    said: list[tuple[str, str]] = []
    request = channel.execute(code)
    for message in channel.idle(request):
        content = message["content"]
        if message["type"] == "stream" and said and said[-1][0] == content["name"]:
            said[-1] = (content["name"], said[-1][1] + content["text"])
        elif message["type"] == "stream":
            said.append((content["name"], content["text"]))
        elif message["type"] in ("display_data", "execute_result"):
            said.append(("display", content["data"]["text/plain"]))
        elif message["type"] == "error":
            said.append(("error", content["ename"]))
    return said


@pytest.fixture
def channel(host: Host, folder: Path) -> Channel:
    return host.open(host.start_kernel(folder / "work"))


def test_order_around_displays_errors_results_and_the_other_stream(channel: Channel) -> None:
    code = """
import sys
for i in range(3):
    print("o", i, flush=True)
    print("e", i, file=sys.stderr, flush=True)
    print("o again", i, flush=True)
    display(i)
    print("after", i, flush=True)
1 / 0
"""
    expected: list[tuple[str, str]] = []
    for i in range(3):
        before = expected.pop()[1] if expected else ""
        expected += [
            ("stdout", f"{before}o {i}\n"),
            ("stderr", f"e {i}\n"),
            ("stdout", f"o again {i}\n"),
            ("display", str(i)),
            ("stdout", f"after {i}\n"),
        ]
    assert _tell(channel, code) == [*expected, ("error", "ZeroDivisionError")]


def test_twenty_thousand_flushes_are_few_messages_and_no_text_is_lost(channel: Channel) -> None:
    request = channel.execute("for i in range(20_000): print(i, flush=True)")
    streams = [m for m in channel.idle(request) if m["type"] == "stream"]
    assert "".join(m["content"]["text"] for m in streams) == "".join(
        f"{i}\n" for i in range(20_000)
    )
    assert len(streams) < 300


def test_text_flushed_once_is_there_at_once(channel: Channel) -> None:
    channel.idle(channel.execute("1"))
    code = "import time; time.sleep(0.2); print('now', flush=True); t = time.time(); time.sleep(1)"
    channel.execute(code)
    message = channel.until(lambda m: m["type"] == "stream")[-1]
    assert message["content"]["text"] == "now\n"
    late = channel.execute("import time; print(time.time() - t > 1)")
    assert any(m["content"].get("text") == "True\n" for m in channel.idle(late))


def test_threads_children_and_file_descriptors_are_heard(channel: Channel) -> None:
    code = """
import os, subprocess, sys, threading
threads = [threading.Thread(target=lambda k=k: sys.stdout.write(f"thread {k}\\n")) for k in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
os.write(1, b"descriptor\\n")
subprocess.run([sys.executable, "-c", "print('child')"], check=True)
pid = os.fork()
if pid == 0:
    print("forked", flush=True)
    os._exit(0)
os.waitpid(pid, 0)
import time; time.sleep(0.5)
"""
    text = "".join(text for kind, text in _tell(channel, code) if kind == "stdout")
    words = [f"thread {k}" for k in range(4)] + ["descriptor", "child", "forked"]
    assert sorted(text.splitlines()) == sorted(words)


def test_a_wrong_type_is_refused_as_by_python(channel: Channel) -> None:
    assert _tell(channel, "import sys; sys.stdout.write(3)") == [("error", "TypeError")]
    assert _tell(channel, "import sys; sys.stdout.write('')") == [("display", "0")]
