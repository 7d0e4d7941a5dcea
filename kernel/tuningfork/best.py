"""Keeps the weights of a run's best evaluation beside its checkpoints, and puts them back.

Under `accelerate launch` the first process has them on its disk, and gives them to the others.
"""

import warnings
from pathlib import Path
from typing import Any

from tuningfork import checkpoint
from tuningfork.keeper import WEIGHTS, read_weights, size_of, trained, write_weights
from tuningfork.turn import Turn

_FOLDER = "best"


class BestWeights:
    """The best weights of one run."""

    def __init__(
        self, run_folder: Path, model: Any, turn: Turn, *, writes: bool, clocked: bool
    ) -> None:
        """`clocked`: the run has checkpoints to go on from. Until the next one, weights that were
        the best at the last one are still needed."""
        self._folder = run_folder / _FOLDER
        self._model = model
        self._turn = turn
        self._writes = writes
        self._clocked = clocked
        #: Where they come from, once they are put back.
        self.restored: int | None = None

    def keep(self, step: int) -> None:
        """The weights of this step are the best so far."""
        if not self._writes:
            return
        parts = {WEIGHTS: lambda path: write_weights(self._model, path)}
        try:
            checkpoint.save(self._folder, step, size_of(self._model), parts, facts=None)
        except checkpoint.NoRoom as error:
            warnings.warn(f"The best weights are not kept. {error}", stacklevel=2)
        else:
            if not self._clocked:
                self.forget_older()

    def forget_older(self) -> None:
        """Only the best of all is needed from here on."""
        if self._writes:
            checkpoint.prune(self._folder, keep=1)

    def restore(self, step: int) -> None:
        """Puts the weights of this step back, if they could be kept."""
        from accelerate.utils import broadcast, broadcast_object_list

        with self._turn.step():
            found = [self._read(step)]
            if broadcast_object_list(found)[0]:
                for value in trained(self._model).values():
                    broadcast(value)
                self.restored = step

    def _read(self, step: int) -> bool:
        path = checkpoint.of_step(self._folder, step)
        if not self._writes or path is None:
            return False
        read_weights(self._model, path / WEIGHTS)
        return True
