"""What a training run leaves behind, and the clock it runs by."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.models import Known
from tuningfork.record import Row
from tuningfork.stop import Stop


@dataclass
class Run:
    """What a training run left behind."""

    config: TrainConfig
    #: What it was made of. Not the model: an old run would keep its weights in memory.
    known: Known = field(repr=False)
    train_data: Dataset = field(repr=False)
    val_data: Dataset | None = field(default=None, repr=False)
    #: One row per step and per evaluation: step, loss, learning_rate, grad_norm, eval_loss, …
    log: list[Row] = field(default_factory=list)
    #: "running", "finished", "paused", "stopped" or "failed".
    state: str = "running"
    summary: str = ""
    #: Where the log and the checkpoints are.
    folder: Path = Path()
    stop: Stop = field(default_factory=Stop, repr=False)
    callbacks: tuple[Any, ...] = field(default=(), repr=False)

    @property
    def samples(self) -> list[dict[str, Any]]:
        """What the model said at each evaluation: `step`, `text`, `answer`, and what is right."""
        return [
            {"step": int(row["step"]), **one} for row in self.log for one in row.get("samples", ())
        ]

    def pause(self) -> None:
        """Ends the run after the step it is in. `train(..., resume=True)` goes on from there."""
        self.stop.pause()

    def __repr__(self) -> str:
        return f"Run({self.state}: {self.summary})"


class Clock:
    """Seconds, lap by lap."""

    def __init__(self) -> None:
        self._begin = self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        before, self._last = self._last, time.perf_counter()
        return self._last - before

    @property
    def total(self) -> float:
        return self._last - self._begin
