"""Who may use a model right now: the training between two steps, or somebody who asks it something.

Cells may run beside a training (ipykernel's subshells, or a thread). Both take turns, and whoever
asks goes before the next step: a training has many steps, a question is one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Any


class Turn:
    """The turns of one model."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._busy = False
        self._asking = 0

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Turn":
        # The copy of a model is another model.
        return Turn()

    @contextmanager
    def step(self) -> Iterator[None]:
        """For the training: one step. Waits while anybody asks."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and self._asking == 0)
            self._busy = True
        try:
            yield
        finally:
            self._free()

    @contextmanager
    def question(self, model: Any) -> Iterator[None]:
        """For everybody else. Afterwards the model is in its old mode and chance stands where it
        stood: a training goes on as if nobody had asked."""
        import torch

        with self._changed:
            self._asking += 1
            self._changed.wait_for(lambda: not self._busy)
            self._busy = True
        was_training = model.training
        try:
            with torch.random.fork_rng():
                model.eval()
                yield
        finally:
            model.train(was_training)
            with self._changed:
                self._asking -= 1
            self._free()

    def _free(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
