"""The folder of a run on disk, and its log: one row a line, as JSON, written as it happens.

runs/20261124-140301-3f2a/
    run.json         what was trained, with which settings, and how it stands
    log.jsonl        the rows of the log
    checkpoint-120/  see checkpoint.py
"""

import json
import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tuningfork.checkpoint import newest, replace_file

#: Numbers by name; an evaluation has `samples` as well, see samples.py.
Row = dict[str, Any]
_ABOUT = "run.json"
_LOG = "log.jsonl"


@dataclass(frozen=True)
class About:
    """What makes two runs the same, and how a run stands."""

    #: Of the model's shape and the rows, as a hash each.
    model: str
    rows: str
    #: The settings that change what is learned.
    settings: dict[str, Any]
    state: str = "running"


class ChangedRun(ValueError):
    """A run cannot go on, because something about it has changed."""

    def __init__(self, folder: Path, difference: str) -> None:
        super().__init__(
            f"The run in {folder} cannot go on: {difference}. Give it what it had, or train "
            "without resume=True to begin a new run."
        )
        self.difference = difference


class Record:
    """The log of one run, open for writing."""

    def __init__(self, folder: Path, about: About, log: list[Row]) -> None:
        """`log`: the rows there are already; others that the file has are dropped."""
        self.folder = folder
        self._about = about
        folder.mkdir(parents=True, exist_ok=True)
        self._say()
        lines = "".join(_line(row) for row in log)
        replace_file(folder / _LOG, lines.encode("utf-8"))
        self._file = (folder / _LOG).open("a", encoding="utf-8")

    def add(self, row: Row) -> None:
        """Notes a row. It survives the death of this process from here on."""
        self._file.write(_line(row))
        self._file.flush()

    def settle(self) -> None:
        """Makes sure that the rows survive a power cut as well."""
        os.fsync(self._file.fileno())

    def close(self, state: str) -> None:
        self.settle()
        self._file.close()
        self._about = About(self._about.model, self._about.rows, self._about.settings, state)
        self._say()

    def _say(self) -> None:
        text = json.dumps(self._about.__dict__, indent="\t")
        replace_file(self.folder / _ABOUT, text.encode("utf-8"))


def new_folder(output_dir: str) -> Path:
    """A folder name for a run that begins now; sorts by time."""
    return Path(output_dir) / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{uuid.uuid4().hex[:4]}"


def read_log(folder: Path, count: int) -> list[Row]:
    """The first `count` rows of a run's log."""
    with (folder / _LOG).open(encoding="utf-8") as file:
        return [json.loads(line) for line, _ in zip(file, range(count), strict=False)]


def find_unfinished(output_dir: str, about: About) -> Path | None:
    """The newest run of this kind that has a checkpoint and did not end; `None`: there is none.

    Raises:
        ChangedRun: when all unfinished runs had other settings, rows or another model, with the
            difference to the newest.
    """
    others = []
    for folder in sorted(Path(output_dir).glob("*/"), reverse=True):
        there = _read_about(folder)
        if there is None or there.state == "finished" or newest(folder) is None:
            continue
        difference = _difference(there, about)
        if difference is None:
            return folder
        others.append((folder, difference))
    if others:
        raise ChangedRun(*others[0])
    return None


def _difference(there: About, here: About) -> str | None:
    for name in sorted({*there.settings, *here.settings}):
        before, now = there.settings.get(name), here.settings.get(name)
        if before != now:
            return f"{name} was {before!r} and is {now!r} now"
    if there.model != here.model:
        return "it trained a model of another shape"
    return "it had other rows to learn from" if there.rows != here.rows else None


def _read_about(folder: Path) -> About | None:
    path = folder / _ABOUT
    return About(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def _line(row: Row) -> str:
    # NaN and Infinity are written as such: Python reads them back.
    return json.dumps(row) + "\n"
