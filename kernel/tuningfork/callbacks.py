"""Callbacks: pieces of one's own that a training calls at certain moments.

A callback is any object with methods named like the events below, as in `transformers`. Each is
called as ``on_step_end(args, state, control, **more)``: the settings, how the run stands, and a
switch to end it; `more` has `model` and `optimizer`, and what an event adds. Write `**more` at the
end: later versions may add to it.

Between two events the model is free, so a callback may ask it something with `predict`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tuningfork.config import TrainConfig
from tuningfork.record import Row
from tuningfork.suggest import did_you_mean

#: In the order of a run. `on_log` gets `logs`, a row; `on_evaluate` gets `metrics`, a row.
EVENTS = (
    "on_train_begin",
    "on_step_end",
    "on_log",
    "on_evaluate",
    "on_save",
    "on_train_end",
)
#: What an evaluation measures → is more of it better?
METRICS = {"eval_loss": False, "eval_accuracy": True, "eval_perplexity": False}
#: The module that transformers keeps its own callbacks in.
_THEIRS = "transformers."


@dataclass(slots=True)
class State:
    """How a run stands. Fields are named as in `transformers.TrainerState`."""

    #: Steps the run has if nothing ends it early.
    max_steps: int
    #: The rows so far; the same as `run.log`.
    log_history: list[Row]
    #: The last step that was taken, counted from 1.
    global_step: int = 0
    epoch: float = 0.0


@dataclass(slots=True)
class Control:
    """What a callback may ask for."""

    #: End the run after this step, as if it had been planned so.
    should_training_stop: bool = False


class Best(Protocol):
    """Keeps the weights of the best evaluation."""

    def keep(self, step: int) -> None: ...
    def restore(self, step: int) -> None: ...


@dataclass(frozen=True)
class EarlyStopping:
    """Ends a run that no longer gets better, and puts back the weights of its best evaluation.

    They are put back at the end of every run that has this callback, also of one that takes all its
    steps; but not when a run is paused or interrupted, since it may go on.

    All it does follows from the log alone: a run that was cut off decides the same when it goes on.
    """

    #: After so many evaluations in a row without a better one the run ends.
    patience: int = 2
    #: What an evaluation is judged by, a name of its row in the log.
    metric: str = "eval_loss"
    #: By how much a value must be better than the best so far to count.
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.patience, bool) or not isinstance(self.patience, int):
            raise TypeError(f"patience is a whole number of evaluations, not {self.patience!r}.")
        if self.patience < 1:
            raise ValueError(
                f"patience must be at least 1, not {self.patience!r}. Usual is 2 or 3."
            )
        if self.metric not in METRICS:
            hint = did_you_mean(str(self.metric), METRICS)
            raise ValueError(f"No evaluation measures {self.metric!r}. {hint}")
        if not self.threshold >= 0:
            raise ValueError(f"threshold must be 0 or more, not {self.threshold!r}.")

    def on_train_begin(
        self, _args: TrainConfig, state: State, control: Control, **_more: Any
    ) -> None:
        """A run that goes on may have been cut off at the very step it was to end with."""
        self._decide(state, control)

    def on_evaluate(
        self, _args: TrainConfig, state: State, control: Control, *, best: Best, **_more: Any
    ) -> None:
        if self._decide(state, control) == state.global_step:
            best.keep(state.global_step)

    def on_train_end(
        self, _args: TrainConfig, state: State, _control: Control, *, best: Best, **_more: Any
    ) -> None:
        step, _ = self._best(state.log_history)
        if step is not None:
            best.restore(step)

    def _decide(self, state: State, control: Control) -> int | None:
        """Asks for the end when patience is over; gives the step of the best evaluation."""
        step, since = self._best(state.log_history)
        if since >= self.patience:
            control.should_training_stop = True
        return step

    def _best(self, log: list[Row]) -> tuple[int | None, int]:
        """The step of the best evaluation so far, and how many there have been since."""
        sign = 1 if METRICS[self.metric] else -1
        step, best, since = None, 0.0, 0
        for row in log:
            if self.metric not in row:
                continue
            value = sign * row[self.metric]
            better = step is None or value > best + self.threshold
            if better and math.isfinite(value):
                step, best, since = int(row["step"]), value, 0
            else:
                since += 1
        return step, since


def check_callbacks(callbacks: Sequence[Any], task: str, has_checks: bool) -> None:
    """Finds before the first step what would otherwise be found in the middle of a run, or never.

    Raises:
        TypeError: for something that is no callback, or has an event that there is not.
        ValueError: for an `EarlyStopping` that would never see the number it waits for.
    """
    for one in callbacks:
        if isinstance(one, type):
            name = one.__name__
            raise TypeError(f"callbacks needs {name}(), with brackets: a callback, not its class.")
        if isinstance(one, EarlyStopping):
            _check_metric(one, task, has_checks)
        elif type(one).__name__ == "EarlyStoppingCallback":
            raise TypeError(
                "EarlyStoppingCallback works only in transformers.Trainer. Write "
                "EarlyStopping(patience=2) instead: it needs no other setting."
            )
        else:
            _check_events(one)


def _check_metric(stopping: EarlyStopping, task: str, has_checks: bool) -> None:
    if not has_checks:
        raise ValueError(
            f"EarlyStopping waits for {stopping.metric}, which only an evaluation gives, and there "
            "are no rows to evaluate on: pass val_data to train()."
        )
    absent = {"classification": "eval_perplexity", "generation": "eval_accuracy"}.get(task)
    if stopping.metric == absent:
        known = [name for name in METRICS if name != absent]
        raise ValueError(
            f"A {task} model has no {absent}, so EarlyStopping would wait for ever. "
            f"{did_you_mean('', known)}"
        )


def _check_events(one: object) -> None:
    names = list(_events_of(one))
    for name in names:
        if name not in EVENTS:
            raise TypeError(
                f"{type(one).__name__} has {name}, and a training here has no such event. "
                f"{did_you_mean(name, EVENTS)}"
            )
    if not names:
        raise TypeError(
            f"{one!r} is no callback: it has none of the methods {', '.join(EVENTS)}. Write a "
            "class with at least one of them."
        )


def _events_of(one: object) -> Iterator[str]:
    """The events that a callback listens to. What it has from transformers' own base class does
    nothing."""
    for kind in type(one).__mro__:
        if not kind.__module__.startswith(_THEIRS):
            yield from (name for name in vars(kind) if name.startswith("on_"))


@dataclass
class Events:
    """Tells the callbacks of a run what happens in it."""

    callbacks: Sequence[Any]
    args: TrainConfig
    state: State
    #: What every event hands on: `model`, `optimizer`, `best`.
    more: dict[str, Any]
    control: Control = field(default_factory=Control)

    def of_row(self, row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
        """What has happened when a row was written to the log, and what to hand on."""
        self.state.global_step = int(row["step"])
        if "loss" in row:
            self.state.epoch = row["epoch"]
            yield "on_step_end", {}
        yield "on_log", {"logs": row}
        if "eval_loss" in row:
            yield "on_evaluate", {"metrics": row}

    def tell(self, event: str, **more: Any) -> None:
        for one in self.callbacks:
            method = getattr(one, event, None)
            if method is not None:
                method(self.args, self.state, self.control, **self.more, **more)


def described(callbacks: Sequence[Any]) -> list[str]:
    """What makes two lists of callbacks the same, as far as can be told."""
    return [
        repr(one) if isinstance(one, EarlyStopping) else type(one).__name__ for one in callbacks
    ]
