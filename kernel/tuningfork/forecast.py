"""How long a training will take and how much memory it will need, from a few steps that are tried.

A step's time is close to a fixed part plus a part for each number in its batches. Steps of
different sizes are timed, a line is laid through them, and the sizes of all steps to come, which
are known beforehand (plan.py), are put into it. The largest step of all is among those tried: it
tells the memory.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tuningfork.batches import Example, encode
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.memory import bound_mb, capped, release, used_mb
from tuningfork.models import Known, knowledge
from tuningfork.optimizer import optimizer_of
from tuningfork.packing import batch_size
from tuningfork.plan import eval_every, total_steps, windows
from tuningfork.precision import accelerator_of
from tuningfork.scores import score
from tuningfork.slim import slim
from tuningfork.step import Pace, Window, backward, chance_state, first_pace, set_chance_state
from tuningfork.table import html_table, text_table

_MB = 1024 * 1024
#: Steps that are tried, beside one to warm up.
_TRIED = 6
#: How far the truth may lie from the estimate; see kernel/bench_estimate.py.
_TIME_RANGE, _MEMORY_RANGE = 0.25, 0.15
_ROWS_SCORED = 128


@dataclass(frozen=True)
class Estimate:
    """What a training will need, and whether this machine has it."""

    steps: int
    seconds: float
    #: The most memory in use at once, in megabytes (2^20 bytes), this Python as a whole.
    megabytes: float
    #: What there is.
    available: float
    #: Rows that fit at once, when not all of a micro-batch do.
    micro_batch: int

    @property
    def fits(self) -> bool:
        return self.megabytes <= self.available

    @property
    def seconds_range(self) -> tuple[float, float]:
        return self.seconds * (1 - _TIME_RANGE), self.seconds * (1 + _TIME_RANGE)

    @property
    def megabytes_range(self) -> tuple[float, float]:
        return self.megabytes * (1 - _MEMORY_RANGE), self.megabytes * (1 + _MEMORY_RANGE)

    def _lines(self) -> list[tuple[str, str]]:
        low, high = self.seconds_range
        least, most = self.megabytes_range
        return [
            ("steps", f"{self.steps:,}"),
            ("time", f"{_span(low)} to {_span(high)}"),
            ("memory", f"{least:,.0f} to {most:,.0f} MB of {self.available:,.0f} MB"),
        ]

    def _caption(self) -> str:
        if self.fits:
            return "fits"
        return (
            f"does not fit: {self.micro_batch} rows at a time would; train() finds that by itself, "
            "or set per_device_train_batch_size, max_length, or use add_lora()"
        )

    def __repr__(self) -> str:
        return text_table(("needs", "about"), self._lines(), self._caption())

    def _repr_html_(self) -> str:
        return html_table(("needs", "about"), self._lines(), self._caption())


def estimate(
    model: Any,
    train_data: Dataset,
    config: TrainConfig | None = None,
    val_data: Dataset | None = None,
) -> Estimate:
    """Time and memory of `train` with the same arguments, before it runs.

    Tries a few steps with a learning rate of 0: the model and chance are as before afterwards.

    Raises:
        ValueError: for an empty data set or labels the model does not have.
        NotEnoughMemory: when not even one row at a time fits.
    """
    config = config or TrainConfig()
    known = knowledge(model)
    examples = encode(train_data, known, config.max_length)
    if not examples:
        raise ValueError("There are no rows to train on.")
    total = total_steps(len(examples), config)
    # One epoch stands for all: the others have the same rows in another order.
    pace = first_pace(model, known, config)
    packed = pace.packed
    last = min(total, 10_000)
    plan = windows(examples, config, first=1, last=last, packed=packed is not None)
    epoch = [window for _, window in plan]
    lean = slim(model, checkpointing=config.gradient_checkpointing)
    with _as_before(model), capped(config.memory_limit_mb), lean:
        line, megabytes = _try(model, _chosen(epoch, packed), known, config, pace)
        checks = encode(val_data, known, config.max_length) if val_data else []
        looking = _seconds_of_scores(model, checks, known, config)
    seconds = sum(line.at(_size(window, packed)) for window in epoch) * total / len(epoch)
    looks = -(-total // eval_every(config, total)) if checks else 0
    return Estimate(
        steps=total,
        seconds=seconds + looks * looking,
        megabytes=megabytes,
        available=_available(config),
        micro_batch=pace.micro,
    )


@dataclass(frozen=True)
class _Line:
    """Seconds of a step of a given size."""

    fixed: float
    each: float

    def at(self, size: int) -> float:
        return self.fixed + self.each * size


def _size(window: Window, packed: int | None) -> int:
    """Numbers in the batches of a step, padding included."""
    return sum(batch_size(part, packed) for part in window)


def _chosen(epoch: Sequence[Window], packed: int | None) -> list[Window]:
    """Steps to try: the largest, and others spread over all sizes."""
    ordered = sorted(epoch, key=lambda window: _size(window, packed))
    last = len(ordered) - 1
    places = {round(last * at / (_TRIED - 1)) for at in range(_TRIED)}
    return [ordered[at] for at in sorted(places, reverse=True)]


def _try(
    model: Any, tried: list[Window], known: Known, config: TrainConfig, pace: Pace
) -> tuple[_Line, float]:
    """The line through the steps tried, and the most memory that was in use."""

    accelerator = accelerator_of("no")
    optimizer = optimizer_of(model, config, 0.0)
    for group in optimizer.param_groups:
        group["weight_decay"] = 0.0
    model.train()
    found: list[tuple[int, float]] = []
    with _peak() as peak:
        # The largest comes first and once more: the first time only makes room and warms up.
        for window in (tried[0], *tried, *tried):
            begin = time.perf_counter()
            backward(accelerator, model, window, known, pace)
            accelerator.clip_grad_norm_(model.parameters(), config.max_grad_norm or float("inf"))
            optimizer.step()
            optimizer.zero_grad()
            found.append((_size(window, pace.packed), time.perf_counter() - begin))
    return _fit(found[1:]), peak[0]


def _fit(found: list[tuple[int, float]]) -> _Line:
    """A line through (size, seconds): Theil–Sen, which one slow step does not move."""
    slopes = [
        (two[1] - one[1]) / (two[0] - one[0])
        for at, one in enumerate(found)
        for two in found[at + 1 :]
        if one[0] != two[0]
    ]
    each = max(0.0, median(slopes)) if slopes else 0.0
    return _Line(median(seconds - each * size for size, seconds in found), each)


def _seconds_of_scores(
    model: Any, checks: list[Example], known: Known, config: TrainConfig
) -> float:
    """Seconds of one evaluation."""
    if not checks:
        return 0.0
    some = checks[:: max(1, len(checks) // _ROWS_SCORED)]
    score(model, some, known, config.per_device_eval_batch_size)
    begin = time.perf_counter()
    score(model, some, known, config.per_device_eval_batch_size)
    return (time.perf_counter() - begin) * len(checks) / len(some)


@contextmanager
def _peak() -> Iterator[list[float]]:
    """The most memory in use inside the block, in megabytes: of a graphics card, or of Python."""
    import torch

    release()  # what earlier work let go may still be this Python's, and would be measured with it
    peak = [0.0]
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        yield peak
        peak[0] = torch.cuda.max_memory_allocated() / _MB
        return
    status = Path("/proc/self/status")
    if status.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the mark begins anew
    yield peak
    peak[0] = _high_water(status) if status.exists() else used_mb()


def _high_water(status: Path) -> float:
    text = status.read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _available(config: TrainConfig) -> float:
    """Megabytes that this Python may have in all."""
    import psutil
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.mem_get_info()[0]) / _MB + used_mb()
    free = float(psutil.virtual_memory().available) / _MB + used_mb()
    return min(free, config.memory_limit_mb or free, bound_mb() or free)


@contextmanager
def _as_before(model: Any) -> Iterator[None]:
    was_training, chance = model.training, chance_state()
    try:
        yield
    finally:
        model.zero_grad(set_to_none=True)
        model.train(was_training)
        set_chance_state(chance)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
