"""What a search has tried so far, in a file that outlives the search: Optuna's journal.

One line is added for each event. A process that is killed leaves at most half a line, which is cut
off, and a trial without an end, which is begun anew.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from tuningfork.config import TrainConfig
from tuningfork.space import Space
from tuningfork.trials import COMPLETE, PRUNED, Found, Trial

#: Trials with settings by chance before TPE has anything to go by.
_STARTUP = 5
#: After 2, 4, 8 … evaluations only the better half of the trials goes on.
_FIRST_RUNG, _KEPT = 2, 2
#: Seconds after which a lock was left behind by a process that was killed.
_STALE = 5
_SECONDS = "seconds"
_REPEAT = "repeat"


class Journal:
    """The trials of one search. `seconds` is the time that all of them took."""

    def __init__(self, study: Any, higher_is_better: bool) -> None:
        self._study = study
        self._higher = higher_is_better

    @classmethod
    @contextmanager
    def open(cls, path: Path, kind: str, *, higher_is_better: bool, seed: int) -> Iterator[Self]:
        """Opens a journal or begins one. `kind` keeps different searches in one file apart."""
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        path.parent.mkdir(parents=True, exist_ok=True)
        _cut_half_line(path)
        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            lock = JournalFileOpenLock(str(path), grace_period=_STALE)
            storage = JournalStorage(JournalFileBackend(str(path), lock_obj=lock))
            study = optuna.create_study(
                storage=storage,
                study_name=kind,
                direction="maximize" if higher_is_better else "minimize",
                load_if_exists=True,
            )
            # A sampler that begins anew must not repeat its first random settings.
            study.sampler = optuna.samplers.TPESampler(
                seed=seed + len(study.trials), n_startup_trials=_STARTUP
            )
            study.pruner = optuna.pruners.SuccessiveHalvingPruner(
                min_resource=_FIRST_RUNG, reduction_factor=_KEPT
            )
            book = cls(study, higher_is_better)
            book._begin_anew_what_was_cut_off()
            yield book
        finally:
            optuna.logging.set_verbosity(before)

    @property
    def is_new(self) -> bool:
        return not self._study.trials

    @property
    def count(self) -> int:
        """Trials that have come to an end."""
        return len(self._ended())

    @property
    def has_best(self) -> bool:
        return self.longest is not None

    @property
    def seconds(self) -> float:
        """Of all trials and repetitions."""
        trials = sum(trial.user_attrs[_SECONDS] for trial in self._ended())
        return float(trials + sum(seconds for _, seconds in self._repeats().values()))

    @property
    def longest(self) -> float | None:
        """Seconds of the longest whole training; `None` before there is one."""
        whole = [one.user_attrs[_SECONDS] for one in self._ended() if one.state.name == "COMPLETE"]
        return max(whole, default=None)

    def begin_with(self, settings: dict[str, Any] | None) -> None:
        if settings is not None:
            self._study.enqueue_trial(settings)

    def ask(self) -> Any:
        """The next trial."""
        return self._study.ask()

    def tell(self, trial: Any, score: float | None, seconds: float) -> None:
        """How a trial ended: with a score, or early."""
        from optuna.trial import TrialState

        trial.set_user_attr(_SECONDS, seconds)
        if score is None or not math.isfinite(score):
            self._study.tell(trial, state=TrialState.PRUNED)
        else:
            self._study.tell(trial, score)

    def repeated(self, number: int, seed: int) -> bool:
        return (number, seed) in self._repeats()

    def note_repeat(self, number: int, seed: int, score: float | None, seconds: float) -> None:
        """How the settings of a trial did with another seed; `None`: they came to nothing."""
        self._study.set_user_attr(f"{_REPEAT} {number} {seed}", [score, seconds])

    def found(self, space: Space, config: TrainConfig, metric: str) -> Found:
        """How the search stands. Needs one complete trial."""
        trials = tuple(_trial(one) for one in self._ended())
        found = Found(metric, self._higher, space.axes, trials, config, ())
        best = found.best
        again = [score for (at, _), (score, _) in self._repeats().items() if at == best.number]
        scores = tuple(score for score in again if score is not None)
        return replace(
            found,
            config=replace(config, **best.settings),
            repeats=scores,
            failed_repeats=len(again) - len(scores),
        )

    def _ended(self) -> list[Any]:
        from optuna.trial import TrialState

        ended: list[Any] = self._study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
        return ended

    def _repeats(self) -> dict[tuple[int, int], tuple[float | None, float]]:
        """(number of the trial, seed) → score and seconds."""
        found = {}
        for name, (score, seconds) in self._study.user_attrs.items():
            _, number, seed = name.split(" ")
            found[int(number), int(seed)] = (score, seconds)
        return found

    def _begin_anew_what_was_cut_off(self) -> None:
        from optuna.trial import TrialState

        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            self._study.tell(trial.number, state=TrialState.FAIL)
            if trial.params:
                self._study.enqueue_trial(trial.params)


def _trial(one: Any) -> Trial:
    whole = one.state.name == "COMPLETE"
    outcome = COMPLETE if whole else PRUNED
    score = one.value if one.value is not None and math.isfinite(one.value) else None
    return Trial(one.number, one.params, score, outcome, one.user_attrs[_SECONDS])


def _cut_half_line(path: Path) -> None:
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
