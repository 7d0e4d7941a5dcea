"""A real host whose kernels have rooms, run as a program by an ordinary user; prints what it saw.

python -m tests.host.roomed works     kernels work, started and forked
python -m tests.host.roomed fails     whatever fails, none runs without walls
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from host.walls.room import Limits

from .conftest import Channel, Host
from .forking import (
    STEADY,
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

WALLS = {"TUNINGFORK_WALLS": "1"}
READY, ENDED = "Kernels are forked from now on by process ", "The template has ended"
KINDS = ("mnt", "pid", "net", "ipc", "uts", "user")


def inside(host: Host, kernel: str) -> bool:
    """Whether its process is in namespaces of its own and without rights, as seen from outside."""
    pid = model(host, kernel)["pid"]
    apart = [os.readlink(f"/proc/{pid}/ns/{k}") != os.readlink(f"/proc/self/ns/{k}") for k in KINDS]
    status = Path(f"/proc/{pid}/status").read_text()
    return all(apart) and "NoNewPrivs:\t1" in status and "CapBnd:\t0000000000000000" in status


def first_of(host: Host, kernel: str) -> int:
    """The first process of its room."""
    record = host.runtime / "k" / kernel[:8] / "kernel.json"
    return int(json.loads(record.read_text())["sandbox"]["first"])


def loose(first: int) -> list[str]:
    """Processes of a room, the first and the one that waits among them, that lack a bound."""
    wanted = Limits().by_name()
    within = (psutil.Process(first), *psutil.Process(first).children(recursive=True))
    return [
        *(f"{process.name()} filter" for process in within if not is_filtered(process.pid)),
        *(
            f"{process.name()} {name}"
            for process in within
            for name, most in wanted.items()
            if resource.prlimit(process.pid, getattr(resource, f"RLIMIT_{name}"))[1] != most
        ),
    ]


def is_filtered(pid: int) -> bool:
    """Whether Linux looks at its calls first."""
    return "Seccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def interrupted(host: Host, kernel: str, channel: Channel) -> list[str]:
    """Names of the errors of an endless cell."""
    request = channel.execute("print('begun', flush=True)\nwhile True: pass")
    channel.until(lambda m: m["type"] == "stream")
    host.ask("POST", f"/api/kernels/{kernel}/interrupt")
    return [m["content"]["ename"] for m in channel.idle(request) if m["type"] == "error"]


def beside(channel: Channel) -> bool:
    """Whether a cell in a subshell is answered while another one runs."""
    request = channel.send("control", "create_subshell_request", {})
    reply = channel.until(lambda m: m["parent"] == request and m["type"].endswith("_reply"))[-1]
    busy = channel.execute("import time\nwhile 'go' not in globals(): time.sleep(0.02)")
    other = channel.execute("go = print('beside')", subshell=reply["content"]["subshell_id"])
    return [m["parent"] for m in channel.idle(busy) if m["type"] == "stream"] == [other]


def ended(channel: Channel, code: str) -> list[Any]:
    channel.execute(code)
    facts = death(channel)
    return [facts["exit_code"], facts["signal"]]


LOOK = (
    "[os.getcwd(), os.path.expanduser('~'), sorted(os.listdir('/')), os.environ.get('HF_TOKEN'), "
    "os.readlink('/proc/self/exe').startswith('/memfd:')]"
)
LESSON = """
from tuningfork import *
data = load_data("opinions", n=60, seed=1)
train_data, val_data = split(data, (0.7, 0.3))
model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
config = TrainConfig(num_train_epochs=1, seed=0, save_seconds=0.001, output_dir="runs")
result = train(model, train_data, val_data, config)
writer, words = load_model("tiny-gpt2")
ids = words("The", return_tensors="pt").input_ids
text = words.decode(writer.generate(ids, max_new_tokens=4, do_sample=False, pad_token_id=0)[0])
import inspect, torch
from torch.utils.data import DataLoader, TensorDataset
rows = TensorDataset(torch.arange(6.0))
loaded = sum(b.sum().item() for (b,) in DataLoader(rows, batch_size=2, num_workers=1))
"""
DAEMON = "import subprocess; subprocess.Popen(['sleep', '500'], start_new_session=True)"


def works() -> dict[str, Any]:
    with running(env=WALLS, program=("-c", STEADY)) as host:
        return {"cold": cold(host), **forked(host)}


def cold(host: Host) -> dict[str, Any]:
    """While the template loads."""
    kernel = start(host)
    channel = host.open(kernel)
    return {
        "how": how(host, kernel),
        "inside": inside(host, kernel),
        "look": ask(channel, LOOK, "import os"),
        "interrupted": interrupted(host, kernel, channel),
        "first": (first := first_of(host, kernel)),
        "loose": loose(first),
        "daemon": run(channel, DAEMON),
        "ended": ended(channel, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        "gone": until(lambda: gone(first) or None),
    }


def forked(host: Host) -> dict[str, Any]:
    await_template(host)
    kernel = start(host)
    channel = host.open(kernel)
    first = first_of(host, kernel)
    facts = {
        "how": how(host, kernel),
        "inside": inside(host, kernel),
        "look": ask(channel, LOOK, "import os"),
        "lesson": ask(
            channel,
            "[result.log[0]['step'] > 0, len(text) > 3, loaded, 'def train(' in inspect.getsource(train)]",
            LESSON,
        ),
        "source": run(channel, "train??"),
        "files": sorted({p.name for p in (host.runtime.parent / "work" / "runs").glob("*/*")}),
        "interrupted": interrupted(host, kernel, channel),
        "beside": beside(channel),
        "kept": ask(channel, "loaded"),
        "loose": loose(first),
        "daemon": run(channel, DAEMON),
        "ended": ended(channel, "import os; os._exit(137)"),
        "gone": until(lambda: gone(first) or None),
        "restarted": host.ask("POST", f"/api/kernels/{kernel}/restart")[0],
        "again": [how(host, kernel), inside(host, kernel), ask(channel, "'loaded' in globals()")],
        "told": until(lambda: model(host, kernel)["tier"]),
        "walls": model(host, kernel)["walls"],
    }
    first = first_of(host, kernel)
    run(channel, DAEMON)
    host.ask("DELETE", f"/api/kernels/{kernel}")
    return {**facts, "left": not until(lambda: gone(first) or None)}


#: A template whose forks do what a file says.
MODES = """
import os
from host.fork import entering
from pathlib import Path
enter, packed, forbid = entering.enter, entering.packed, entering.forbid
def other_enter(*a):
    # Later the file is out of sight.
    entering.mode = Path({mode!r}).read_text()
    if entering.mode == "raise": raise OSError(1, "not this time")
    if entering.mode != "skip": enter(*a)
def other_packed(m):
    if entering.mode == "lie": m = {{**m, "pid": os.getppid()}}
    if entering.mode == "nonsense": m = {{"pid": None}}
    return packed(m)
def other_forbid(*a):
    if entering.mode != "unfiltered": forbid(*a)
entering.enter, entering.packed, entering.forbid = other_enter, other_packed, other_forbid
"""


def fails() -> dict[str, Any]:
    """How kernels of a host start when something of it fails, and whether they are inside."""
    facts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tf-") as folder:
        mode = Path(folder) / "mode"
        with running(env=WALLS, program=light(in_template=MODES.format(mode=str(mode)))) as host:
            for name in ("raise", "nonsense", "lie", "skip", "unfiltered"):
                _await_ready(host)
                mode.write_text(name)
                facts[name] = _one(host)
            facts["noticed"] = "is not behind its walls" in host.log.read_text()
            _await_ready(host)
            mode.write_text("")
            facts["well"] = _one(host)
            facts["killed"] = _killed(host)
    loading = "libraries.KERNEL = ('no_such_module',)"
    with running(env=WALLS, program=light(in_template=loading)) as host:
        await_log(host, "The template has ended")
        facts["loading"] = _one(host)
    with running(env=WALLS, program=light(UNBUILT)) as host:
        status, answer = host.ask("POST", "/api/kernels", {"path": "/tmp/tf-none"})
        facts["missing"] = [status, answer["message"], _kernels_of(host)]
    return facts


#: bubblewrap is gone since the host has begun.
UNBUILT = """
from host.walls import bubblewrap, rooms
rooms._weakness = lambda tcp: None
bubblewrap.PROGRAM = "no-such-program"
"""


def _one(host: Host) -> list[Any]:
    kernel = start(host)
    facts = [*how(host, kernel), inside(host, kernel), ask(host.open(kernel), "1 + 1")]
    host.ask("DELETE", f"/api/kernels/{kernel}")
    return facts


def _killed(host: Host) -> bool:
    """The template has ended and nobody knows yet: whoever gets a kernel gets it inside."""
    os.kill(int(host.log.read_text().rpartition(READY)[2].partition(".")[0]), signal.SIGKILL)
    return inside(host, start(host))


def _await_ready(host: Host) -> None:
    """Until the newest template is loaded; one that is to end gets the time to."""
    time.sleep(0.3)
    until(lambda: (text := host.log.read_text()).count(READY) > text.count(ENDED) or None)


def _kernels_of(host: Host) -> list[str]:
    time.sleep(0.2)
    found = psutil.process_iter(["name", "cmdline"])
    run_folder = str(host.runtime)
    return [
        p.info["name"]
        for p in found
        if p.pid != host.process.pid and run_folder in " ".join(p.info["cmdline"] or [])
    ]


SCENARIOS: dict[str, Callable[[], dict[str, Any]]] = {"works": works, "fails": fails}

if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]]()))
