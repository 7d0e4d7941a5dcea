"""Two kernels behind walls, one of which tries to use the host against the other and the disk; run
as a program of an ordinary user, prints what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .conftest import Channel, Host
from .forking import ON, ask, await_template, death, light, model, run, running, start, until

#: A bound of 8 MB, and few pauses.
ENV = {"TUNINGFORK_WALLS": "1", "TUNINGFORK_HOME_MB": "8"}
OFTEN = """
from host import fullness
fullness._EVERY_S = fullness._FIRST_S = 0.2
fullness._NOTABLE = 2**10
"""
#: Where the own sockets are, and which of the open files are connections to the one of the output.
FIND = """
import os, socket
places = [line.split()[4] for line in open("/proc/self/mountinfo")]
own = next(place for place in places if place.endswith("/s") and "/k/" in place)
def connections():
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            link = socket.socket(fileno=os.dup(int(number)))
        except OSError:
            continue
        if link.family == socket.AF_UNIX and link.getsockname() == f"{own}/k-2":
            if not link.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.append(link)
                continue
        link.close()
    return found
"""
#: The host's connection is cut; it connects again by the name, which leads to the other's socket.
SWAP = """
import threading, time
def swap():
    os.unlink(own + "/k-2")
    os.symlink({other!r}, own + "/k-2")
    for link in connections():
        link.shutdown(socket.SHUT_RDWR)
        link.close()
    for _ in range(40):
        time.sleep(0.05)
        if connections():
            break
    open("swapped", "w").close()
# When this cell has ended: what it says while nobody is connected is heard by nobody.
threading.Timer(0.3, swap).start()
"""
#: Files on a disk that are open in the first process of the room or in this one, and can be opened
#: once more to write.
FILES = """
import stat
def files():
    for pid in (1, os.getpid()):
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            try:
                if stat.S_ISREG(os.stat(path).st_mode):
                    os.close(os.open(path, os.O_WRONLY))
                    yield os.readlink(path)
            except OSError:
                continue
"""
UNLINKED = """
import time
held = []
for number in range(600):
    held.append(open(f"held-{number}", "wb"))
    os.unlink(held[-1].name)
    held[-1].write(bytes(2**18))
    held[-1].flush()
    time.sleep(0.1)
"""
#: Ended for it, and begun again all the same.
SHARE = """
import time
open(own + "/kept", "wb").write(bytes(3 * 2**20))
os.makedirs(own + "/doing/inner")
os.chmod(own + "/doing", 0)
time.sleep(60)
"""
LARGE = """
from IPython.display import display
display({"text/plain": "x" * (65 * 2**20)}, raw=True)
print("after it")
"""
FAULT = "import ctypes; ctypes.string_at(0)"


def tricks() -> dict[str, Any]:
    with running(env=ENV, program=light(OFTEN)) as host:
        await_template(host)
        ana, bo = start(host), start(host)
        facts: dict[str, Any] = {"link": _link(host, ana, bo)}
        channel = host.open(bo)
        run(channel, FILES)
        facts["files"] = ask(channel, "[f for f in files() if not f.startswith('/home/learner')]")
        facts["unlinked"] = _error(channel, UNLINKED)
        channel.execute(SHARE)
        facts["share"] = death(channel)["cause"]
        host.ask("POST", f"/api/kernels/{bo}/restart")
        channel = host.open(bo, after=model(host, bo)["tape"])
        facts["again"] = ask(channel, "1 + 1")
        facts["large"] = _printed(channel, LARGE)
        return {**facts, "taken_over": _next_host(host, bo)}


def _next_host(host: Host, kernel: str) -> dict[str, Any]:
    """It connects to the sockets that were taken, and hears what is said to standard error."""
    last = model(host, kernel)["tape"]
    host.process.kill()
    host.process.wait()
    (host.runtime / "host.json").unlink()
    second = Host(host.runtime, env={**ON, **ENV}, program=light(OFTEN))
    try:
        channel = second.open(kernel, after=last)
        answer = ask(channel, "40 + 2")
        channel.execute(FAULT)
        return {"answer": answer, "fault": death(channel)}
    finally:
        second.stop()


def _printed(channel: Channel, code: str) -> str:
    request = channel.execute(code)
    texts = [m["content"]["text"] for m in channel.idle(request) if m["type"] == "stream"]
    return "".join(texts)


def _link(host: Host, ana: str, bo: str) -> dict[str, Any]:
    trick, other = host.open(ana), host.open(bo)
    run(trick, FIND)
    run(other, FIND)
    before = ask(other, "len(connections())")
    run(trick, SWAP.format(other=str(_folder(host, bo) / "s" / "k-2")))
    until(lambda: (host.runtime.parent / "work" / "swapped").exists() or None)
    run(other, "print('SECRET')")
    return {
        "connections": [before, ask(other, "len(connections())")],
        "heard": b"SECRET" in _heard(host, ana),
    }


def _heard(host: Host, kernel: str) -> bytes:
    return b"".join(path.read_bytes() for path in _folder(host, kernel).glob("tape*"))


def _error(channel: Channel, code: str) -> list[str]:
    request = channel.execute(code)
    (error,) = (m["content"] for m in channel.idle(request) if m["type"] == "error")
    return [error["ename"], error["evalue"]]


def _folder(host: Host, kernel: str) -> Path:
    return host.runtime / "k" / kernel[:8]


if __name__ == "__main__":
    print(json.dumps(tricks()))
