"""Keeps book of a run: rows to the disk and to whoever watches, checkpoints when they are due, and
how the run ended. The loop only says what happened.

Under `accelerate launch` every process has one; that of the first process writes, the others only
read.
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tuningfork.checkpoint import newest
from tuningfork.keeper import Keeper
from tuningfork.live import Live
from tuningfork.record import About, Record, Row, find_unfinished, new_folder, read_log
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
        self.pace = Pace(run.config.per_device_train_batch_size)

    def begin(self, model: Any, optimizer: Any, *, resume: bool) -> Self:
        """Opens the book; with `resume` at the last checkpoint of an unfinished run, if any."""
        config = self._run.config
        found = find_unfinished(config.output_dir, self._about) if resume else None
        self._run.folder = found or new_folder(config.output_dir)
        self._keeper = Keeper(self._run.folder, config, model, optimizer)
        if found:
            self._go_to(newest(found))
        if self._writes:
            self._record = Record(self._run.folder, self._about, self._run.log)
        return self

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def add(self, row: Row) -> None:
        """A step or an evaluation has come to this."""
        if self._writes:
            self._record.add(row)
        self._live.row(row)

    def close_step(self, step: int) -> None:
        """A step is over, evaluation and all."""
        self.done = step
        if self._keeper.is_due():
            self._save()

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
        if error is None and (self._run.stop.asked or self._saved is not None):
            self._save()
        self._run.summary = summarise(self._run.log, self._run.state, self._total, self._live.chart)
        if self._writes:
            self._record.close(self._run.state)
        shown = "stopped" if self._run.state == "paused" else self._run.state
        self._live.finish(shown, self._run.summary)

    def _state(self, error: BaseException | None) -> str:
        if isinstance(error, KeyboardInterrupt):
            return "stopped"
        if error is not None:
            return "failed"
        words = {"": "finished", "pause": "paused"}
        return words.get(self._run.stop.asked, "stopped")

    def _save(self) -> None:
        if self._writes and self._saved != self.done:
            self._record.settle()
            self._keeper.save(self.done, len(self._run.log), self.pace)
            self._saved = self.done

    def _go_to(self, path: Path | None) -> None:
        if path is None:
            return
        self.done, rows, self.pace = self._keeper.restore(path)
        self._saved = self.done
        self._run.log.extend(read_log(self._run.folder, rows))
