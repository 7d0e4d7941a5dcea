"""What live metrics cost: the share of a training run's computing that goes into showing it.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bench_metrics.py [--runs 12] [--epochs 16]

The training of lesson 1, again and again. Within each run the live view is on for a stretch of
steps and off for the next, in an order drawn for each pair of stretches: the machine's own swings
last longer than that and hit both alike. "On" sends through the display publisher of a real Jupyter
kernel: packed, signed, put on a socket and read by another process. "Off" only keeps the log. What
counts is CPU time of the whole process. A chart that falls due while the view is off is sent when
it is on again, so "on" pays for both. The first and the last chart fall into no stretch; they count
only in the second measure, the time inside the view's own calls.

`--control` compares nothing with nothing: what it prints is the error of the method.
"""

import argparse
import atexit
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.zmqshell import ZMQDisplayPublisher
from jupyter_client.session import Session

import tuningfork.live
import tuningfork.loop
from tuningfork import TrainConfig, load_data, load_model, split, train
from tuningfork.chart import Chart
from tuningfork.live import Live

# ipykernel leaves these two without types.
_THREAD: Any = IOPubThread
_PUBLISHER: Any = ZMQDisplayPublisher
#: The promise: at most this share of a run goes into showing it.
MOST = 0.01


#: Steps in a stretch.
_STRETCH = 20
_READER = """
import json, sys, zmq
reading = zmq.Context().socket(zmq.SUB)
reading.connect(sys.argv[1])
reading.subscribe(b"")
count = size = 0
while (parts := reading.recv_multipart()) != [b"END"]:
    count, size = count + 1, size + sum(map(len, parts))
print(json.dumps([count, size]))
"""


@dataclass
class Meter:
    """CPU seconds of all stretches, and those inside the view."""

    on: list[float] = field(default_factory=list)
    off: list[float] = field(default_factory=list)
    inside: float = 0.0
    whole: float = 0.0


class Switched(Live):
    """The live view, on in every other stretch of steps."""

    meter: Meter
    control = False
    dice = random.Random(1)

    def __init__(
        self, chart: Chart, total: int, log: list[dict[str, float]], *, quiet: bool
    ) -> None:
        super().__init__(chart, total, log, quiet=quiet)
        self._shown = True
        self._order: list[bool] = []
        self._begin_cpu = 0.0

    def start(self) -> None:
        with _adding():
            super().start()
        self._turn()

    def row(self, row: dict[str, float]) -> None:
        if not self._shown or self.control:
            self.log.append(row)
        else:
            with _adding():
                super().row(row)
        if "loss" in row and row["step"] % _STRETCH == 0:
            spent = time.process_time() - self._begin_cpu
            (self.meter.on if self._shown else self.meter.off).append(spent)
            self._turn()

    def finish(self, state: str, summary: str) -> None:
        with _adding():
            super().finish(state, summary)

    def _turn(self) -> None:
        if not self._order:
            self._order = self.dice.choice(([True, False], [False, True]))[:]
        self._shown = self._order.pop()
        self._begin_cpu = time.process_time()


@contextmanager
def _adding() -> Iterator[None]:
    begin = time.thread_time()
    yield
    Switched.meter.inside += time.thread_time() - begin


@contextmanager
def publisher() -> Iterator[tuple[Any, list[int]]]:
    """A kernel's display publisher; afterwards the list has messages and bytes that were read."""
    context = zmq.Context()
    sending = context.socket(zmq.XPUB)
    port = sending.bind_to_random_port("tcp://127.0.0.1")
    address = f"tcp://127.0.0.1:{port}"
    reader = subprocess.Popen([sys.executable, "-c", _READER, address], stdout=subprocess.PIPE)
    sending.recv()  # the reader has arrived
    thread = _THREAD(sending)
    thread.start()
    heard: list[int] = []
    try:
        socket = thread.background_socket
        yield _PUBLISHER(session=Session(key=b"a key for signing"), pub_socket=socket), heard
        socket.send_multipart([b"END"])
        heard += json.loads(reader.communicate(timeout=60)[0])
    finally:
        reader.kill()
        thread.stop()
        thread.close()
        context.term()


def run(epochs: float) -> None:
    """One training as in lesson 1."""
    data = load_data("opinions", n=1000, seed=1)
    train_data, val_data, _ = split(data, (0.6, 0.2, 0.2))
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    begin = time.process_time()
    train(model, train_data, val_data, _config(epochs))
    Switched.meter.whole += time.process_time() - begin


def _config(epochs: float) -> TrainConfig:
    folder = tempfile.mkdtemp(prefix="tf-metrics-")
    atexit.register(shutil.rmtree, folder)
    return TrainConfig(num_train_epochs=epochs, eval_steps=10, output_dir=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--epochs", type=float, default=16)
    parser.add_argument("--control", action="store_true")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["TUNINGFORK_APP"] = "1"
    Switched.control = chosen.control
    setattr(tuningfork.loop, "Live", Switched)  # noqa: B010 - the name is imported, not offered
    with publisher() as (made, heard):
        setattr(tuningfork.live, "_publisher", lambda: made)  # noqa: B010 - see above
        for at in range(chosen.runs + 1):
            if at < 2:  # the first run warms up
                Switched.meter = Meter()
            run(chosen.epochs if at else 1)
    _report(Switched.meter, chosen.runs, heard)


def _share(pairs: list[tuple[float, float]]) -> float:
    return sum(on for on, _ in pairs) / sum(off for _, off in pairs) - 1


def _report(meter: Meter, runs: int, heard: list[int]) -> None:
    count = min(len(meter.on), len(meter.off))
    pairs = list(zip(meter.on[:count], meter.off[:count], strict=True))
    dice = random.Random(2)
    drawn = sorted(_share(dice.choices(pairs, k=count)) for _ in range(2000))
    low, high = drawn[100], drawn[1899]
    inside = meter.inside / meter.whole
    print(f"{runs} runs, {count} pairs of {_STRETCH} steps, {meter.whole:.0f} s of CPU time")
    print(f"messages a run: {heard[0] / (runs + 1):.0f}, {heard[1] / (runs + 1) / 1000:.0f} kB")
    print(
        f"CPU time, on against off: {_share(pairs):+.2%} (90 % between {low:+.2%} and {high:+.2%})"
    )
    print(f"inside the view's own calls: {inside:.2%} (at most {MOST:.0%} is promised)")
    if not Switched.control and (inside > MOST or _share(pairs) > MOST):
        raise SystemExit("The live view costs more than is promised.")


if __name__ == "__main__":
    main()
