"""Forked kernels, without and inside their walls, beside cold ones: three hosts in the same run.

    python kernel/bench_kernels.py [--pairs 10] [--many 10] [--rounds 7] [--only starts]

- starts: a kernel on each host in turn, from the request to the answers of `1` and of
  `import torch, transformers, tuningfork`, and to what the first training loads being there. CPU
  time is that of the kernel and of what the host and the template spent on it.
- many: that many kernels asked for at the same moment, until all have answered the import; then
  the memory of all of them, idle, as the sum of their proportional shares (PSS), the template's
  and that of the rooms included.
- speed: the same work in one kernel of each kind, in turn, with one thread; CPU seconds.

Prints Markdown and puts it into docs/benchmarks.md. Started by root it measures as an ordinary
user, since walls do not hold root. Wall-clock times are those of this machine with all that runs
on it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from bench_page import put
from tests.host import ordinary
from tests.host.conftest import Channel, Host
from tests.host.forking import await_template, model, run

IMPORT = "import torch, transformers, tuningfork"
PRELOAD = "import tuningfork.preload"
KINDS = ("cold", "forked", "walled")
SETTINGS = {
    "cold": {"TUNINGFORK_FORK": "0", "TUNINGFORK_WALLS": "0"},
    "forked": {"TUNINGFORK_FORK": "1", "TUNINGFORK_WALLS": "0"},
    "walled": {"TUNINGFORK_FORK": "1", "TUNINGFORK_WALLS": "1"},
}
HEAD = "| | cold | forked | forked inside its walls | cold / inside |\n|---|---|---|---|---|"
MEGABYTE = 2**20


@dataclass
class Side:
    """One of the hosts."""

    kind: str
    host: Host
    folder: Path
    template: int | None
    kernels: list[str] = field(default_factory=list)

    def start(self) -> str:
        """Ask for a kernel and make sure that it was started the right way."""
        kernel = self.host.start_kernel(self.folder / "work")
        facts = model(self.host, kernel)
        wanted = ("cold" if self.kind == "cold" else "forked", self.kind == "walled")
        if (facts["started"], facts["walls"]) != wanted:
            raise SystemExit(f"wanted a {self.kind} kernel, got {facts}")
        return kernel

    def end(self, kernel: str) -> None:
        self.host.ask("DELETE", f"/api/kernels/{kernel}")

    def pid(self, kernel: str) -> int:
        return int(model(self.host, kernel)["pid"])

    def below(self) -> list[psutil.Process]:
        """Template, kernels, rooms."""
        return psutil.Process(self.host.process.pid).children(recursive=True)

    def cpu(self) -> float:
        """CPU seconds of everything until now, and of what has ended."""
        return sum(map(_cpu, [psutil.Process(self.host.process.pid), *self.below()]))


@contextmanager
def _sides() -> Iterator[dict[str, Side]]:
    sides = {}
    for kind in KINDS:
        folder = Path(tempfile.mkdtemp(prefix="tf-"))
        host = Host(folder / "run", env=SETTINGS[kind])
        sides[kind] = Side(kind, host, folder, None if kind == "cold" else await_template(host))
    try:
        yield sides
    finally:
        for side in sides.values():
            side.host.stop()
            shutil.rmtree(side.folder, ignore_errors=True)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        own = _own_cpu(process.pid)
    except psutil.NoSuchProcess:
        return 0.0
    ticks = times.user + times.system if own is None else own
    return ticks + times.children_user + times.children_system


def _own_cpu(pid: int) -> float | None:
    """To the nanosecond, where what psutil reads is cut to hundredths of a second."""
    try:
        # Linux makes the clock of another process from its number: `clock_getcpuclockid`.
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return None


def _starts(sides: dict[str, Side], pairs: int) -> None:
    taken: dict[str, dict[str, list[float]]] = {kind: {} for kind in KINDS}
    for number in range(pairs):
        for kind in KINDS if number % 2 else reversed(KINDS):
            for name, value in _one_start(sides[kind]).items():
                taken[kind].setdefault(name, []).append(value)
            _say(f"start {number + 1} of {pairs}, {kind}")
    print(f"\n### One kernel at a time ({pairs} of each, in turn, from the request)\n\n{HEAD}")
    for name in taken["cold"]:
        _row(name, {kind: taken[kind][name] for kind in KINDS})


def _one_start(side: Side) -> dict[str, float]:
    before, began = side.cpu(), time.monotonic()
    kernel = side.start()
    channel = side.host.open(kernel)
    marks = {}
    for name, code in (
        ("first answer", "1"),
        ("torch, transformers, tuningfork imported", IMPORT),
        ("all that the first training loads", PRELOAD),
    ):
        run(channel, code)
        marks[f"{name}, s"] = time.monotonic() - began
    cpu = side.cpu() - before
    channel.close()
    ended = time.monotonic()
    side.end(kernel)
    return {**marks, "CPU time, s": cpu, "shut down, s": time.monotonic() - ended}


def _many(sides: dict[str, Side], count: int) -> None:
    print(f"\n### {count} kernels at once\n\n{HEAD}")
    results = {kind: _crowd(sides[kind], count) for kind in KINDS}
    for name in results["cold"]:
        _row(name, {kind: [results[kind][name]] for kind in KINDS})


def _crowd(side: Side, count: int) -> dict[str, float]:
    before, began = side.cpu(), time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        kernels = list(pool.map(lambda _: _ready(side), range(count)))
    ready = time.monotonic() - began
    _say(f"{count} {side.kind} kernels were ready in {ready:.1f} s")
    pids = [side.pid(kernel) for kernel in kernels]
    cpu = side.cpu() - before
    time.sleep(2)
    shares = sum(_memory(process.pid, "Pss") for process in side.below())
    own = [_memory(pid, "Private_Dirty") + _memory(pid, "Private_Clean") for pid in pids]
    for kernel in kernels:
        side.end(kernel)
    return {
        "all have imported everything, s": ready,
        "CPU time of all, s": cpu,
        "memory of all, idle (PSS, with template and rooms), MB": shares,
        "memory that is one kernel's alone (USS, median), MB": median(own),
    }


def _ready(side: Side) -> str:
    kernel = side.start()
    channel = side.host.open(kernel)
    # A crowd of cold kernels on few cores takes minutes.
    channel._link.settimeout(900)
    run(channel, PRELOAD)
    channel.close()
    return kernel


def _memory(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        # It has just ended, and holds nothing.
        return 0.0
    return sum(int(x.split()[1]) for x in lines if x.startswith(f"{name}:")) * 1024 / MEGABYTE


PREPARE = """
import gc, time, torch, transformers
torch.set_num_threads(1)
torch.manual_seed(0)
left, right = torch.rand(768, 768), torch.rand(768, 768)
shape = transformers.GPT2Config(n_layer=4, n_embd=256, n_head=4, vocab_size=2000, n_positions=128)
net = transformers.GPT2LMHeadModel(shape)
optimizer = torch.optim.AdamW(net.parameters())
ids = torch.randint(0, 2000, (8, 64))
def matmul():
    for _ in range(40):
        left @ right
def train():
    net.train()
    for _ in range(4):
        net(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
def generate():
    net.eval()
    net.generate(ids[:1, :8], max_new_tokens=48, min_new_tokens=48, do_sample=False, pad_token_id=0)
def spent(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin
for work in (matmul, train, generate):
    work()
"""
WORK = {
    "matmul": "40 products of 768 × 768",
    "train": "4 steps of a small GPT-2",
    "generate": "48 words",
}


def _speed(sides: dict[str, Side], rounds: int) -> None:
    kernels = {kind: sides[kind].start() for kind in KINDS}
    channels = {kind: sides[kind].host.open(kernels[kind]) for kind in KINDS}
    for channel in channels.values():
        run(channel, PREPARE)
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for work in WORK:
            for kind in KINDS if number % 2 else reversed(KINDS):
                taken.setdefault((work, kind), []).append(_spent(channels[kind], work))
        _say(f"round {number + 1} of {rounds}")
    print(f"\n### Speed afterwards, one thread, CPU seconds ({rounds} rounds, in turn)\n")
    print("| | cold | forked | forked inside its walls | inside / cold | smallest: inside / cold |")
    print("|---|---|---|---|---|---|")
    for work, words in WORK.items():
        all_three = " | ".join(_spread(taken[work, kind]) for kind in KINDS)
        inside, cold = taken[work, "walled"], taken[work, "cold"]
        ratios = f"{median(inside) / median(cold):.2f} | {min(inside) / min(cold):.2f}"
        print(f"| {work}: {words} | {all_three} | {ratios} |")
    for kind in KINDS:
        channels[kind].close()
        sides[kind].end(kernels[kind])


def _spent(channel: Channel, work: str) -> float:
    return float(json.loads(run(channel, f"print(spent({work}))")))


def _row(name: str, taken: dict[str, list[float]]) -> None:
    cells = " | ".join(_spread(taken[kind]) for kind in KINDS)
    ratio = median(taken["cold"]) / median(taken["walled"])
    print(f"| {name} | {cells} | {ratio:.1f} |", flush=True)


def _spread(values: list[float]) -> str:
    middle = f"{median(values):,.2f}" if median(values) < 100 else f"{median(values):,.0f}"
    return f"{middle} ({min(values):.2f} – {max(values):.2f})" if len(values) > 1 else middle


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {memory:.0f} GiB of memory, load average before: {load}"


def measure(arguments: argparse.Namespace) -> None:
    """Run what is asked for, as the present user."""
    parts: dict[str, Callable[[dict[str, Side]], None]] = {
        "starts": lambda sides: _starts(sides, arguments.pairs),
        "many": lambda sides: _many(sides, arguments.many),
        "speed": lambda sides: _speed(sides, arguments.rounds),
    }
    print(f"## Kernels: cold, forked, and forked inside their walls\n\n{_machine()}.")
    with _sides() as sides:
        for name, part in parts.items():
            if arguments.only in (None, name):
                part(sides)


def main() -> None:
    """Measure in a process of an ordinary user and keep what it says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=10, help="starts of each kind, in turn")
    parser.add_argument("--many", type=int, default=10, help="kernels at once (30 for a class)")
    parser.add_argument("--rounds", type=int, default=7, help="repetitions of each work")
    parser.add_argument("--only", choices=("starts", "many", "speed"))
    parser.add_argument("--measure", action="store_true", help="as this user, and print only")
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments)
        return
    command = [*ordinary.prefix(), sys.executable, __file__, "--measure", *sys.argv[1:]]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "HOME": "/tmp"}  # noqa: S108
    done = subprocess.run(
        command, cwd="/", env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    print(done.stdout)
    if arguments.only is None:
        put("kernels", done.stdout)


if __name__ == "__main__":
    main()
