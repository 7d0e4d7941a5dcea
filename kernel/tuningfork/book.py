"""Keeps book of a run: rows to the disk and to whoever watches, checkpoints when they are due, and
how the run ended. The loop only says what happened.

Under `accelerate launch` every process has one; that of the first process writes, the others only
read.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tuningfork.best import BestWeights
from tuningfork.callbacks import Events, State
from tuningfork.checkpoint import newest
from tuningfork.keeper import Keeper
from tuningfork.live import Live
from tuningfork.record import About, ChangedRun, Record, Row, find_unfinished, new_folder, read_log
from tuningfork.request import asked_to_go_on
from tuningfork.run import Run
from tuningfork.step import Pace
from tuningfork.story import summarise


class Book:
    """The book of one run. Use with `with`: begins or goes on, and closes however the run ends."""

    def __init__(self, run: Run, live: Live, about: About, total: int, *, writes: bool) -> None:
        self._run = run
        self._live = live
        self._about = about
        self._total = total
        self._writes = writes
        self._saved: int | None = None
        #: The last step that is behind us.
        self.done = 0

    def begin(self, model: Any, optimizer: Any, pace: Pace, *, resume: bool) -> Self:
        """Opens the book; with `resume` at the last checkpoint of an unfinished run, if any."""
        config = self._run.config
        self.pace = pace
        found = self._unfinished(resume)
        self._run.folder = found or new_folder(config.output_dir)
        self._keeper = Keeper(self._run.folder, config, model, optimizer)
        clocked = config.save_seconds is not None
        self._best = BestWeights(
            self._run.folder, model, self._run.known.turn, writes=self._writes, clocked=clocked
        )
        if found:
            self._go_to(newest(found))
        if self._writes:
            self._record = Record(self._run.folder, self._about, self._run.log)
        more = {"model": model, "optimizer": optimizer, "best": self._best}
        state = State(self._total, self._run.log, self.done)
        self._events = Events(self._run.callbacks, config, state, more)
        return self

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def start(self) -> None:
        """The first step is next."""
        self._tell("on_train_begin")

    def add(self, row: Row) -> None:
        """A step or an evaluation has come to this."""
        if self._writes:
            self._record.add(row)
        self._live.row(row)
        for event, more in self._events.of_row(row):
            self._tell(event, **more)

    def close_step(self, step: int) -> None:
        """A step is over, evaluation and all."""
        self.done = step
        if self._keeper.is_due():
            self._save()

    def end(self) -> None:
        """No more steps. A run that was paused or interrupted has not ended: it may go on."""
        if self._run.stop.asked not in ("", "enough"):
            return
        self._tell("on_train_end")
        if self._best.restored is not None:
            self.add({"step": float(self.done), "restored_step": float(self._best.restored)})

    def go_back(self) -> int | None:
        """To the last good checkpoint, if there is one; gives its step."""
        path = newest(self._run.folder)
        if path is None:
            return None
        return self._keeper.restore(path)[0]

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _at: TracebackType | None,
    ) -> None:
        self._run.state = self._state(error)
        if error is None and (self._run.state != "finished" or self._saved is not None):
            self._save()
        self._run.summary = summarise(self._run.log, self._run.state, self._total, self._live.chart)
        if self._writes:
            self._record.close(self._run.state)
        self._live.finish(self._run.state, self._run.summary)

    def _unfinished(self, resume: bool) -> Path | None:
        """The run to go on with. `resume=True` insists on it; a button only asks for it, since it
        knows nothing of the code, and there may be several trainings in a cell."""
        output_dir = self._run.config.output_dir
        if not resume and not asked_to_go_on():
            return None
        try:
            found = find_unfinished(output_dir, self._about)
        except ChangedRun as changed:
            if resume:
                raise
            print(f"A new run begins, because the old one cannot go on: {changed.difference}.")
            return None
        if found is None and self._writes:
            print("A new run begins, because there is no checkpoint of an old one to go on from.")
        return found

    def _state(self, error: BaseException | None) -> str:
        if isinstance(error, KeyboardInterrupt):
            return "stopped"
        if error is not None:
            return "failed"
        words = {"": "finished", "enough": "finished", "pause": "paused"}
        return words.get(self._run.stop.asked, "stopped")

    def _save(self) -> None:
        if self._writes and self._saved != self.done:
            self._record.settle()
            self._keeper.save(self.done, len(self._run.log), self.pace)
            self._saved = self.done
            self._best.forget_older()
            self._tell("on_save")

    def _tell(self, event: str, **more: Any) -> None:
        self._events.tell(event, **more)
        if self._events.control.should_training_stop:
            self._run.stop.enough()

    def _go_to(self, path: Path | None) -> None:
        if path is None:
            return
        self.done, rows, self.pace = self._keeper.restore(path)
        self._saved = self.done
        self._run.log.extend(read_log(self._run.folder, rows))
