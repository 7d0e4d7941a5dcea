"""Saves everything a run needs to go on exactly where it stood, and brings it back.

That is: the weights that are trained, the optimizer's moments, the random streams, the step (which
gives the place in the data, see plan.py) and how many rows the log had.
"""

import hashlib
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tuningfork import checkpoint
from tuningfork.batches import Example
from tuningfork.config import TrainConfig
from tuningfork.record import About
from tuningfork.step import Pace, chance_state, set_chance_state

WEIGHTS = "model.safetensors"
_STATE = "state.pt"
#: A checkpoint is due at the earliest after so many times what the last one took.
_COST_FACTOR = 20
#: Settings that do not change what is learned.
_ELSEWHERE = {"output_dir", "save_seconds", "save_total_limit", "memory_limit_mb", "disable_tqdm"}


class Keeper:
    """The checkpoints of one run."""

    def __init__(self, folder: Path, config: TrainConfig, model: Any, optimizer: Any) -> None:
        self._folder = folder
        self._config = config
        self._model = model
        self._optimizer = optimizer
        self._due = self._next(0.0)

    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def save(self, step: int, rows: int, pace: Pace) -> Path | None:
        """Writes a checkpoint and removes old ones. `None`: the disk is full, which is said once
        each time; the training goes on without."""
        begin = time.monotonic()
        size = 3 * size_of(self._model)
        facts = {"rows": rows, "pace": asdict(pace), "python": chance_state()["python"]}
        parts = {WEIGHTS: self._write_weights, _STATE: self._write_state}
        try:
            path = checkpoint.save(self._folder, step, size, parts, facts)
        except checkpoint.NoRoom as error:
            warnings.warn(str(error), stacklevel=2)
            path = None
        else:
            checkpoint.prune(self._folder, self._config.save_total_limit)
        self._due = self._next(time.monotonic() - begin)
        return path

    def restore(self, path: Path) -> tuple[int, int, Pace]:
        """Puts weights, optimizer and chance back; gives step, length of the log, and pace."""
        import torch

        read_weights(self._model, path / WEIGHTS)
        state = torch.load(path / _STATE, weights_only=True)
        self._optimizer.load_state_dict(state["optimizer"])
        facts = checkpoint.facts_of(path)
        set_chance_state({**state["chance"], "python": facts["python"]})
        return int(path.name.split("-")[1]), facts["rows"], Pace(**facts["pace"])

    def _write_weights(self, path: Path) -> None:
        write_weights(self._model, path)

    def _write_state(self, path: Path) -> None:
        import torch

        chance = chance_state()
        del chance["python"]  # no tensor: it is in the manifest
        torch.save({"optimizer": self._optimizer.state_dict(), "chance": chance}, path)

    def _next(self, cost: float) -> float:
        pause = self._config.save_seconds
        return float("inf") if pause is None else time.monotonic() + max(pause, _COST_FACTOR * cost)


def about(
    model: Any,
    examples: Iterable[Example],
    config: TrainConfig,
    total: int,
    callbacks: Sequence[str] = (),
) -> About:
    """What must be the same for a run to go on."""
    shapes = [(name, tuple(value.shape)) for name, value in trained(model).items()]
    rows = hashlib.sha256()
    for example in examples:
        rows.update(repr((example.ids, example.label)).encode())
    settings = {name: value for name, value in asdict(config).items() if name not in _ELSEWHERE}
    settings |= {"steps": total}
    if callbacks:
        settings["callbacks"] = list(callbacks)
    return About(hashlib.sha256(repr(shapes).encode()).hexdigest(), rows.hexdigest(), settings)


def write_weights(model: Any, path: Path) -> None:
    """The weights that are trained, as safetensors."""
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in trained(model).items()}, path)


def read_weights(model: Any, path: Path) -> None:
    """Puts back what `write_weights` wrote."""
    import torch
    from safetensors.torch import load_file

    saved = load_file(path)
    with torch.no_grad():
        for name, value in trained(model).items():
            value.copy_(saved[name])


def size_of(model: Any) -> int:
    """Bytes of the weights that are trained."""
    return sum(value.numel() * value.element_size() for value in trained(model).values())


def trained(model: Any) -> dict[str, Any]:
    """The weights that change, each once: tied ones have one name here."""
    return {name: value.data for name, value in model.named_parameters() if value.requires_grad}
