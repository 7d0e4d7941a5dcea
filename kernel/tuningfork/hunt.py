"""The search for good settings: many short trainings, most of them ended early, in a time budget.

Which settings come next is decided by TPE (Bergstra et al., 2011), which looks for what good trials
have in common. A trial that lags behind the others after 2, 4 or 8 of its evaluations is stopped
(successive halving, Jamieson and Talwalkar, 2016). Both are Optuna's. Everything is noted in a
journal: a search that was killed goes on where it was.
"""

import contextlib
import hashlib
import io
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.journal import Journal
from tuningfork.loop import train
from tuningfork.models import knowledge, load_model
from tuningfork.space import Space
from tuningfork.suggest import did_you_mean
from tuningfork.trials import Found

_UNITS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_HIGHER_IS_BETTER = {"eval_loss": False, "eval_accuracy": True, "eval_perplexity": False}
#: So many numbers of each weight matrix tell one model from another.
_PROBE = 8

#: A name for `load_model`, or what makes a model (alone or with its tokenizer) from a seed.
ModelSource = str | Callable[[int], Any]


def search(
    space: Mapping[str, Sequence[Any]],
    model: ModelSource,
    train_data: Dataset,
    val_data: Dataset,
    config: TrainConfig | None = None,
    budget: str | float = "3 min",
    *,
    metric_for_best_model: str = "eval_loss",
    repeats: int = 3,
    n_trials: int | None = None,
    journal: str | Path | None = None,
) -> Found:
    """Looks for settings that give a good score on `val_data`.

    The first trial has the settings of `config`, if they lie in the space. At the end the best
    settings are repeated with other seeds: the best of many scores is too good to be true. The same
    call again goes on with the search, or shows its outcome when its time is used up.

    Args:
        space: settings of `TrainConfig` by name: a tuple `(lowest, highest)` for a range, searched
            by powers when the highest is at least ten times the lowest, or a list of choices. Three
            settings are plenty.
        model: a name for `load_model`, or a function that makes a model from a seed.
        train_data: rows to learn from.
        val_data: rows that decide. Keep others for the last test.
        config: all other settings.
        budget: the time for everything, such as "3 min", "90 s" or a number of seconds. Trials that
            ended before an interruption count.
        metric_for_best_model: "eval_loss", "eval_accuracy" or "eval_perplexity".
        repeats: how many other seeds the best settings are tried with.
        n_trials: ends the search after so many trials, even when there is time left.
        journal: the file to note everything in; `None`: one in `config.output_dir`.

    Raises:
        TimeoutError: when the budget was too short for even one whole training.
        TypeError: for a setting that `TrainConfig` does not have.
        ValueError: for a space, budget or metric that makes no sense.
    """
    config = config or TrainConfig()
    if metric_for_best_model not in _HIGHER_IS_BETTER:
        hint = did_you_mean(str(metric_for_best_model), _HIGHER_IS_BETTER)
        raise ValueError(f"There is no metric {metric_for_best_model!r}. {hint}")
    if not len(val_data):
        raise ValueError("A search needs rows in val_data: they decide which settings are better.")
    job = _Job(
        Space.read(space, config),
        lambda seed: _make(model, train_data, seed),
        (train_data, val_data),
        config,
        metric_for_best_model,
        _seconds(budget),
    )
    first = job.make(config.seed)
    kind = _kind(job, first)
    default = _default(job, first)
    del first  # its memory is needed
    path = Path(journal or Path(config.output_dir) / f"search-{kind}.journal")
    higher = _HIGHER_IS_BETTER[metric_for_best_model]
    with Journal.open(path, kind, higher_is_better=higher, seed=config.seed) as book:
        if book.is_new:
            book.begin_with(default)
        _try_settings(job, book, repeats, n_trials)
        return _repeat_best(job, book, repeats)


@dataclass(frozen=True)
class _Job:
    space: Space
    make: Callable[[int], Any]
    #: To learn from, and to decide by.
    data: tuple[Dataset, Dataset]
    config: TrainConfig
    metric: str
    budget: float


#: No repetition takes exactly as long as the longest training before it.
_RESERVE = 1.25


class _Enough(Exception):
    """Ends a training from within: it lags behind, or time is up."""


def _try_settings(job: _Job, book: Journal, repeats: int, n_trials: int | None) -> None:
    """Trial after trial, until what is left of the time is needed for the repetitions."""
    show = _shower()
    while n_trials is None or book.count < n_trials:
        # Before there is a whole trial nobody knows how long a repetition takes.
        longest = book.longest or 0.0
        left = job.budget - book.seconds - repeats * _RESERVE * longest
        if left <= longest / 2:
            break
        trial = book.ask()
        settings = job.space.suggest(trial)

        def look(at: int, score: float, trial: Any = trial) -> None:
            trial.report(score, at)
            if trial.should_prune():
                raise _Enough

        score, seconds = _train(job, settings, job.config.seed, left, look)
        book.tell(trial, score, seconds)
        if book.has_best:
            show(book.found(job.space, job.config, job.metric))
    if not book.has_best:
        raise TimeoutError(
            f"The budget of {job.budget:.0f} s was too short for even one whole training. Give a "
            "larger budget, or shorter trainings (num_train_epochs, max_steps, fewer rows)."
        )


def _repeat_best(job: _Job, book: Journal, repeats: int) -> Found:
    """The best settings with other seeds, as many as the time allows."""
    best = book.found(job.space, job.config, job.metric).best
    for seed in range(job.config.seed + 1, job.config.seed + 1 + repeats):
        left = job.budget - book.seconds
        if book.repeated(best.number, seed):
            continue
        score, seconds = _train(job, best.settings, seed, left, lambda _at, _score: None)
        if score is None and seconds >= left:
            break
        book.note_repeat(best.number, seed, score, seconds)
    return book.found(job.space, job.config, job.metric)


def _train(
    job: _Job,
    settings: dict[str, Any],
    seed: int,
    limit: float,
    look: Callable[[int, float], None],
) -> tuple[float | None, float]:
    """One training: its last score (`None` when it was ended early) and its seconds.

    `look` gets the number of each evaluation and its score, and may raise `_Enough`.
    """
    begin = time.monotonic()
    with TemporaryDirectory() as folder:
        # Its checkpoints would be read by nobody, and its chart would bury the one of the search.
        config = replace(
            job.config,
            **settings,
            seed=seed,
            output_dir=folder,
            save_seconds=None,
            disable_tqdm=True,
        )
        # What making a model says, it would say for each.
        with contextlib.redirect_stdout(io.StringIO()):
            model = job.make(seed)
        watch = _Watch(begin + limit, job.metric, look)
        try:
            run = train(model, *job.data, config, callbacks=[watch])
        except (_Enough, FloatingPointError):
            return None, time.monotonic() - begin
    if run.state == "paused":
        # Half a training says nothing. The journal has all whole ones: the same search goes on.
        raise KeyboardInterrupt
    scores = _scores(model, job.metric)
    if not scores:
        raise ValueError(f"These trainings have no {job.metric}: choose another metric.")
    return scores[-1], time.monotonic() - begin


@dataclass
class _Watch:
    """Ends a training that takes too long or does too badly."""

    end: float
    metric: str
    look: Callable[[int, float], None]
    seen: int = 0

    def on_step_end(self, *_: Any, **_more: Any) -> None:
        if time.monotonic() > self.end:
            raise _Enough

    def on_evaluate(self, *_: Any, metrics: dict[str, Any], **_more: Any) -> None:
        if self.metric in metrics:
            self.seen += 1
            self.look(self.seen, metrics[self.metric])


def _scores(model: Any, metric: str) -> list[float]:
    return [row[metric] for row in model.last_run.log if metric in row]


def _default(job: _Job, model: Any) -> dict[str, Any] | None:
    """The settings of `config`, with what suits the model where it says nothing."""
    settings = {axis.name: getattr(job.config, axis.name) for axis in job.space.axes}
    if settings.get("learning_rate", 0) is None:
        settings["learning_rate"] = knowledge(model).learning_rate
    return job.space.fit(settings)


def _make(model: ModelSource, data: Dataset, seed: int) -> Any:
    if isinstance(model, str):
        return load_model(model, labels=data.labels, seed=seed)[0]
    made = model(seed)
    return made[0] if isinstance(made, tuple) else made


def _kind(job: _Job, model: Any) -> str:
    """What makes two searches the same, in twelve letters. The budget may grow."""
    weights = [
        (name, tuple(value.shape), value.requires_grad, value.flatten()[:_PROBE].tolist())
        for name, value in model.named_parameters()
    ]
    config = replace(job.config, output_dir="runs")
    parts = (job.space, weights, [data.rows for data in job.data], config, job.metric)
    return hashlib.sha256(repr(parts).encode("utf-8")).hexdigest()[:12]


def _seconds(budget: str | float) -> float:
    """ "3 min" → 180."""
    if isinstance(budget, int | float) and not isinstance(budget, bool) and budget > 0:
        return float(budget)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", str(budget).lower())
    if match:
        number, word = match.groups()
        unit = _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))
        if unit and float(number) > 0:
            return float(number) * unit
    raise ValueError(f'budget is a time such as "3 min" or "90 s", not {budget!r}.')


def _shower() -> Callable[[Found], None]:
    """Shows how a search stands: one chart that changes in a notebook, a line each elsewhere."""
    shell = None
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return lambda found: print(found.line(), file=sys.stderr)
    from IPython.display import display

    handle: Any = None

    def show(found: Found) -> None:
        nonlocal handle
        if handle is None:
            handle = display(found, display_id=True)
        else:
            handle.update(found)

    return show
