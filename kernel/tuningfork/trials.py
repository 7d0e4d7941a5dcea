"""What a search for settings found: its trials as chart and table, and a fair word on the best.

Pure: trials in, words and charts out.
"""

import base64
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.chart import VEGALITE_MIME
from tuningfork.config import TrainConfig
from tuningfork.picture import Curve, Plot, draw
from tuningfork.table import text_table

_SHOWN = 8
#: Outcomes of a trial.
COMPLETE, PRUNED = "complete", "stopped early"


@dataclass(frozen=True)
class Trial:
    """One training of a search."""

    number: int
    settings: dict[str, Any]
    #: The last score it reached, a finite number; `None` when it has none.
    score: float | None
    #: `COMPLETE` or `PRUNED`.
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Axis:
    """One upright line of a parallel-coordinates chart."""

    name: str
    #: Every value, from bottom to top, or both ends of a range.
    values: tuple[Any, ...]
    is_range: bool = True
    log: bool = False

    def place(self, value: Any) -> float:
        """Where a value stands, from 0 (bottom) to 1 (top)."""
        if not self.is_range:
            return self.values.index(value) / max(1, len(self.values) - 1)
        low, high = self.values[0], self.values[-1]
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return float((value - low) / (high - low)) if high > low else 0.5


@dataclass(frozen=True)
class Found:
    """The outcome of `search`. `config` is ready for `train`."""

    metric: str
    higher_is_better: bool
    axes: tuple[Axis, ...]
    trials: tuple[Trial, ...]
    config: TrainConfig
    #: What the best settings score with other seeds.
    repeats: tuple[float, ...] = ()
    #: Other seeds with which the loss was no number in the end.
    failed_repeats: int = 0

    @property
    def best(self) -> Trial:
        """The complete trial with the best score."""
        return ranked(self.trials, self.higher_is_better)[0]

    @property
    def mean(self) -> float | None:
        """What to expect of the best settings: the mean over other seeds."""
        return sum(self.repeats) / len(self.repeats) if self.repeats else None

    def warning(self) -> str:
        """Why the best score is too good to be true, with this search's numbers."""
        assert self.best.score is not None
        text = (
            f"The best {self.metric}, {self.best.score:.3g}, is the best of {len(self.trials)} "
            "trials, and part of that is luck: whoever picks a winner picks its luck as well."
        )
        if self.mean is None:
            text += " No time was left to repeat it with other seeds: give a larger budget."
        else:
            low, high = min(self.repeats), max(self.repeats)
            text += (
                f" With {len(self.repeats)} other seeds the same settings score {self.mean:.3g} on "
                f"average ({low:.3g} to {high:.3g}): expect that."
            )
        if self.failed_repeats:
            text += f" With {self.failed_repeats} more seeds the training broke down."
        return text + " Measure once more on test data, which no trial has seen."

    def line(self) -> str:
        """How the search stands, in a few words."""
        best = self.best
        return f"{len(self.trials)} trials; best {self.metric} {_short(best.score)}: {self._best()}"

    def _best(self) -> str:
        pairs = ((axis.name, self.best.settings[axis.name]) for axis in self.axes)
        return ", ".join(f"{name}={_short(value)}" for name, value in pairs)

    def __repr__(self) -> str:
        names = [axis.name for axis in self.axes]
        order = ranked(self.trials, self.higher_is_better)
        rows = [
            [
                trial.number,
                *(_short(trial.settings[name]) for name in names),
                _short(trial.score),
                trial.outcome,
                f"{trial.seconds:.1f} s",
            ]
            for trial in order[:_SHOWN]
        ]
        more = len(order) - _SHOWN
        note = f"and {more} more trials" if more > 0 else ""
        table = text_table(["trial", *names, self.metric, "outcome", "time"], rows, note)
        return f"{table}\nBest settings: {self._best()}\n{self.warning()}"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {
            VEGALITE_MIME: vegalite(self),
            "image/png": base64.b64encode(draw([_plot(self)])).decode("ascii"),
            "text/plain": repr(self),
        }


def ranked(trials: Sequence[Trial], higher_is_better: bool) -> list[Trial]:
    """Complete trials first, each group from best to worst."""
    sign = -1 if higher_is_better else 1

    def key(trial: Trial) -> tuple[bool, float]:
        score = math.inf if trial.score is None else sign * trial.score
        return trial.outcome != COMPLETE, score

    return sorted(trials, key=key)


def vegalite(found: Found) -> dict[str, Any]:
    """Parallel coordinates as a Vega-Lite 5 specification: a line per trial, stopped ones faint."""
    axes = _with_score(found)
    x = {
        "field": "axis",
        "type": "nominal",
        "sort": [axis.name for axis in axes],
        "title": None,
        "scale": {"type": "point"},
        "axis": {"labelAngle": 0, "labelLimit": 240, "grid": True},
    }
    y = {"field": "place", "type": "quantitative", "axis": None}
    kinds = {"field": "kind", "type": "nominal"}
    domain = {"domain": ["best", COMPLETE, PRUNED]}
    colours = domain | {"range": ["#c2571a", "#0f6e63", "#8a8a8a"]}
    strength = domain | {"range": [1, 0.6, 0.25]}
    lines = {
        "data": {"values": _points(found, axes)},
        "mark": {"type": "line", "tooltip": True},
        "encoding": {
            "x": x,
            "y": y,
            "detail": {"field": "trial"},
            "color": kinds | {"title": None, "scale": colours},
            "opacity": kinds | {"type": "ordinal", "legend": None, "scale": strength},
        },
    }
    labels = {
        "data": {"values": _ends(axes)},
        "mark": {"type": "text", "align": "left", "dx": 5},
        "encoding": {"x": x, "y": y, "text": {"field": "value"}},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": "Search for settings", "subtitle": textwrap.wrap(found.warning(), 90)},
        "description": repr(found),
        "width": 560,
        "height": 260,
        "layer": [lines, labels],
    }


def _points(found: Found, axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """Where the line of each trial that has a score crosses each axis."""
    best = found.best.number
    return [
        {
            "trial": trial.number,
            "axis": axis.name,
            "place": axis.place(value),
            "value": _short(value),
            "kind": "best" if trial.number == best else trial.outcome,
        }
        for trial in found.trials
        if trial.score is not None
        for axis in axes
        for value in [trial.settings.get(axis.name, trial.score)]
    ]


def _ends(axes: Sequence[Axis]) -> list[dict[str, Any]]:
    """The values written at each axis."""
    return [
        {"axis": axis.name, "place": axis.place(value), "value": _short(value)}
        for axis in axes
        for value in axis.values
    ]


def _with_score(found: Found) -> tuple[Axis, ...]:
    scores = [trial.score for trial in found.trials if trial.score is not None]
    return (*found.axes, Axis(found.metric, (min(scores), max(scores))))


def _plot(found: Found) -> Plot:
    """The same as curves; the picture has colours only, so the best one is drawn apart."""
    axes = _with_score(found)

    def points(trial: Trial) -> list[tuple[float, float]]:
        values = [trial.settings.get(axis.name, trial.score) for axis in axes]
        return [(at, axis.place(v)) for at, (axis, v) in enumerate(zip(axes, values, strict=True))]

    others = [trial for trial in found.trials if trial.score is not None and trial != found.best]
    curves = [Curve("", points(trial)) for trial in others]
    title = " | ".join(axis.name for axis in axes)
    return Plot(title, [*curves, Curve("", points(found.best))])


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "" if value is None else str(value)
