"""A forked kernel beside one that was started the ordinary way: what a cell can see is the same."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from .conftest import Channel, Host
from .forking import STEADY, ask, await_template, death, how, model, run, running, start, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def forking() -> Iterator[Host]:
    """One host with everything loaded, for all of these."""
    with running(program=("-c", STEADY)) as host:
        first = start(host)
        assert how(host, first) == ("cold", "loading")
        await_template(host)
        yield host


@pytest.fixture(scope="module")
def cold(forking: Host) -> Channel:
    """The kernel that came before the template was loaded."""
    (kernel,) = (k["id"] for k in forking.ask("GET", "/api/kernels")[1] if k["started"] == "cold")
    return forking.open(kernel)


@pytest.fixture
def kernel(forking: Host) -> Iterator[str]:
    kernel = start(forking)
    assert how(forking, kernel) == ("forked", None)
    yield kernel
    forking.ask("DELETE", f"/api/kernels/{kernel}")


@pytest.fixture
def channel(forking: Host, kernel: str) -> Iterator[Channel]:
    link = forking.open(kernel)
    yield link
    link.close()


LOOK = """
import gc, logging, multiprocessing, os, resource, signal, sys, tempfile, threading, warnings
import tuningfork.preload, torch, numpy
def _stream(handler):
    return type(getattr(handler, "stream", None)).__name__
_facts = {
    "path": sys.path, "flags": list(sys.flags), "environment": dict(os.environ),
    "folder": os.getcwd(), "executable": sys.executable, "arguments": sys.argv[3:],
    "program": [sys.argv[0], *sys.orig_argv[:3]],
    "parent": os.getppid(), "leads": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
    "collector": [gc.isenabled(), gc.get_threshold()], "umask": os.umask(0o77),
    "signals": {str(s): str(signal.getsignal(s)).split(" at ")[0] for s in
                (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)},
    "torch": [torch.get_num_threads(), torch.get_num_interop_threads(), str(torch.get_default_dtype())],
    "main": [__name__, sys.modules["__main__"] is get_ipython().user_module],
    "thread": threading.current_thread() is threading.main_thread(),
    "temporary": tempfile.gettempdir(), "method": multiprocessing.get_start_method(),
    "limits": [resource.getrlimit(r) for r in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_AS)],
    "debugger": len(get_ipython().kernel.debugger.kernel_modules) < 1200,
    "history": get_ipython().history_manager.hist_file,
    "streams": [type(sys.stdout).__name__, sys.stdin.read()],
    "log": {name: [_stream(h) for h in logging.getLogger(name).handlers]
            for name in ("", "transformers", "huggingface_hub", "tornado")},
    "files": sorted(t for f in os.listdir("/proc/self/fd") if os.path.exists(p := f"/proc/self/fd/{f}")
                    and (t := os.readlink(p)).startswith("/") and t != os.devnull and "/proc" not in t),
}
_facts["umask"] = os.umask(_facts["umask"]) and _facts["umask"]
"""


def test_a_cell_sees_the_same_as_in_an_ordinary_kernel(
    forking: Host, cold: Channel, channel: Channel
) -> None:
    ordinary, forked = ask(cold, "_facts", LOOK), ask(channel, "_facts", LOOK)
    # Set by PyTorch as soon as its compiler is loaded, which an import may do.
    for facts in (ordinary, forked):
        # torch sets it whenever it likes.
        facts["environment"].pop("TORCHINDUCTOR_CACHE_DIR", None)
        # The folder that is each kernel's own.
        assert facts["environment"].pop("TUNINGFORK_DOING").endswith("/doing")
        facts["files"] = [Path(name).name for name in facts["files"]]
    assert _unlike(forked.pop("environment"), environment := ordinary.pop("environment")) == {}
    assert _unlike(forked, ordinary) == {}
    assert forked["parent"] == forking.process.pid
    assert environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert forked["log"]["transformers"] == ["PacedStream"]


def _unlike(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    names = {*one, *other}
    return {n: (one.get(n), other.get(n)) for n in names if one.get(n) != other.get(n)}


NUMBERS = "import random, uuid, multiprocessing, tempfile, numpy, torch"
DRAWN = (
    "[random.random(), numpy.random.rand(), torch.rand(1).item(), uuid.uuid4().hex, "
    "multiprocessing.current_process().authkey.hex(), tempfile.mktemp()]"
)


def test_two_kernels_draw_different_numbers(forking: Host, channel: Channel) -> None:
    other = start(forking)
    pairs = zip(ask(channel, DRAWN, NUMBERS), ask(forking.open(other), DRAWN, NUMBERS), strict=True)
    assert all(one != two for one, two in pairs)
    forking.ask("DELETE", f"/api/kernels/{other}")


def test_what_is_written_past_python_is_heard(channel: Channel) -> None:
    code = "import os; os.write(1, b'one\\n'); os.system('echo two')"
    assert sorted(run(channel, code).split()) == ["one", "two"]
    assert run(channel, "os.write(2, b'three\\n')", "stderr") == "three\n"


def test_a_librarys_warning_is_below_the_cell(channel: Channel) -> None:
    code = "import transformers; transformers.logging.get_logger('transformers.x').warning('heed')"
    assert run(channel, code, "stderr") == "[transformers] heed\n"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import torch; a = torch.rand(200, 200)\nwhile True: a = (a @ a).clamp(0, 1)",
    ],
)
def test_interrupt_ends_the_cell_and_keeps_the_state(
    forking: Host, kernel: str, channel: Channel, code: str
) -> None:
    run(channel, "kept = 7")
    request = channel.execute(f"print('begun', flush=True)\n{code}")
    channel.until(lambda m: m["type"] == "stream")
    asked = time.monotonic()
    assert forking.ask("POST", f"/api/kernels/{kernel}/interrupt")[0] == 204
    errors = [m["content"]["ename"] for m in channel.idle(request) if m["type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    assert time.monotonic() - asked < 3
    assert ask(channel, "kept") == 7


@pytest.mark.parametrize(
    ("code", "cause", "exit_code", "name"),
    [
        ("import os; os._exit(3)", "exit", 3, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal", None, "SIGKILL"),
        ("import ctypes; ctypes.string_at(0)", "fault", None, "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "signal", None, "SIGTERM"),
    ],
)
def test_a_death_is_named(
    channel: Channel, code: str, cause: str, exit_code: int | None, name: str | None
) -> None:
    channel.execute(code)
    facts = death(channel)
    assert (facts["cause"], facts["exit_code"], facts["signal"]) == (cause, exit_code, name)
    assert facts["memory_mb"] > 100


def test_last_words_are_in_the_log(channel: Channel) -> None:
    run(channel, "import sys; print('last words', file=sys.__stderr__, flush=True)")
    channel.execute(
        "import os; os.write(get_ipython().kernel.log.handlers[0].stream.fileno(), b'end of it'); os._exit(1)"
    )
    assert death(channel)["log"].endswith("end of it")


def test_restart_gives_a_new_process_at_once(forking: Host, kernel: str, channel: Channel) -> None:
    run(channel, "gone = 1")
    before = model(forking, kernel)["pid"]
    began = time.monotonic()
    assert forking.ask("POST", f"/api/kernels/{kernel}/restart")[0] == 200
    assert time.monotonic() - began < 3
    assert how(forking, kernel) == ("forked", None)
    assert model(forking, kernel)["pid"] != before
    assert ask(channel, "'gone' in globals()") is False


def test_shutdown_ends_the_process_and_its_workers(forking: Host) -> None:
    kernel = start(forking)
    channel = forking.open(kernel)
    worker = int(run(channel, "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
    pid = model(forking, kernel)["pid"]
    began = time.monotonic()
    forking.ask("DELETE", f"/api/kernels/{kernel}")
    assert time.monotonic() - began < 3
    assert not psutil.pid_exists(pid)
    until(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie")


def test_completion_and_inspection(channel: Channel) -> None:
    run(channel, "import torch; number = torch.ones(2)")
    request = channel.send("shell", "complete_request", {"code": "number.resh", "cursor_pos": 11})
    (reply,) = (m for m in channel.until(_reply_to(request)) if _reply_to(request)(m))
    assert "reshape" in "".join(reply["content"]["matches"])
    wanted = {"code": "torch.ones", "cursor_pos": 10, "detail_level": 0}
    request = channel.send("shell", "inspect_request", wanted)
    assert "scalar value" in str(channel.until(_reply_to(request))[-1]["content"]["data"])


def test_a_subshell_answers_beside_what_runs(channel: Channel) -> None:
    request = channel.send("control", "create_subshell_request", {})
    subshell = channel.until(_reply_to(request))[-1]["content"]["subshell_id"]
    busy = channel.execute("import time\nwhile 'go' not in globals(): time.sleep(0.02)")
    beside = channel.execute("go = print('beside')", subshell=subshell)
    printed = [m["parent"] for m in channel.idle(busy) if m["type"] == "stream"]
    assert printed == [beside]


def test_the_debugger_stops_at_a_breakpoint(channel: Channel) -> None:
    debugger = Debugger(channel)
    debugger.ask("initialize", {"clientID": "t", "adapterID": "", "pathFormat": "path"})
    debugger.ask("attach", {})
    code = "value = 41\nvalue += 1\nprint(value)"
    source = debugger.ask("dumpCell", {"code": code})["sourcePath"]
    debugger.ask("setBreakpoints", {"source": {"path": source}, "breakpoints": [{"line": 2}]})
    debugger.ask("configurationDone", {})
    began = time.monotonic()
    request = channel.execute(code)
    stopped = channel.until(lambda m: m["content"].get("event") == "stopped")[-1]["content"]["body"]
    assert time.monotonic() - began < 10
    debugger.send("continue", {"threadId": stopped["threadId"]})
    assert any(
        m["type"] == "stream" and m["content"]["text"] == "42\n" for m in channel.idle(request)
    )


class Debugger:
    """Speaks the debug adapter protocol over the control channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._count = 0

    def ask(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        request = self.send(command, arguments)
        answer = self._channel.until(_reply_to(request))[-1]["content"]
        assert answer.get("success", True), answer
        body: dict[str, Any] = answer.get("body") or {}
        return body

    def send(self, command: str, arguments: dict[str, Any]) -> str:
        self._count += 1
        content = {
            "type": "request",
            "seq": self._count,
            "command": command,
            "arguments": arguments,
        }
        return self._channel.send("control", "debug_request", content)


def _reply_to(request: str) -> Any:
    return lambda m: m["parent"] == request and m["type"].endswith("_reply")


WORKERS = """
import torch
from torch.utils.data import DataLoader, TensorDataset
rows = TensorDataset(torch.arange(6.0))
def total(**options):
    return sum(batch.sum().item() for (batch,) in DataLoader(rows, batch_size=2, **options))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_data_is_loaded_by_workers(channel: Channel, method: str) -> None:
    call = f"total(num_workers=1, multiprocessing_context={method!r})"
    assert ask(channel, call, WORKERS) == 15


TRAINING = """
import os, threading, torch
from tuningfork import *
data = load_data("opinions", n=60, seed=1)
train_data, val_data = split(data, (0.7, 0.3))
model, tokenizer = load_model("tiny-distilbert", labels=data.labels)
config = TrainConfig(num_train_epochs=1, seed=0, output_dir=f"run-{os.getpid()}")
losses = [row.get("loss") for row in train(model, train_data, val_data, config).log]
"""
THREADS = """
def backward():
    weight = torch.ones(64, 64, requires_grad=True)
    (weight @ weight).sum().backward()
    sums.append(weight.grad.sum().item())
sums = []
threads = [threading.Thread(target=backward) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
WRITING = """
writer, words = load_model("tiny-gpt2")
ids = words("The", return_tensors="pt").input_ids
text = words.decode(writer.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=0)[0])
"""
ACCELERATE = """
from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
layer = torch.nn.Linear(4, 1)
layer, optimizer = accelerator.prepare(layer, torch.optim.AdamW(layer.parameters()))
accelerator.backward(layer(torch.ones(2, 4)).sum())
optimizer.step()
"""
LORA = """
from peft import LoraConfig, get_peft_model
adapted = get_peft_model(writer, LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True))
adapted(input_ids=ids, labels=ids).loss.backward()
trained = sum(p.grad is not None for p in adapted.parameters())
"""


def test_training_writing_and_adapters_work_as_in_an_ordinary_kernel(
    cold: Channel, channel: Channel
) -> None:
    for code, value in (
        (TRAINING, "losses"),
        (THREADS, "sums"),
        (WRITING, "text"),
        (ACCELERATE, "optimizer.step_was_skipped"),
        (LORA, "trained"),
    ):
        assert ask(channel, value, code) == ask(cold, value, code)


def test_a_model_that_trained_does_not_stop_others_from_starting(
    forking: Host, channel: Channel
) -> None:
    run(channel, TRAINING)
    other = start(forking)
    assert how(forking, other) == ("forked", None)
    run(forking.open(other), THREADS.replace("def", "import threading, torch\ndef", 1))
    forking.ask("DELETE", f"/api/kernels/{other}")


def test_ten_at_once(forking: Host) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(10) as pool:
        kernels = list(pool.map(lambda _: start(forking), range(10)))
    assert {how(forking, kernel) for kernel in kernels} == {("forked", None)}
    pids = {int(run(forking.open(kernel), "import os; print(os.getpid())")) for kernel in kernels}
    assert len(pids) == 10
    for kernel in kernels:
        forking.ask("DELETE", f"/api/kernels/{kernel}")


def test_the_template_has_one_thread_and_no_memory_of_kernels(forking: Host) -> None:
    template = await_template(forking)
    assert len(os.listdir(f"/proc/{template}/task")) == 1
    assert psutil.Process(template).children() == []
    files = {os.readlink(link) for link in Path(f"/proc/{template}/fd").iterdir()}
    assert len(files) <= 3, files
