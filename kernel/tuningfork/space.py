"""The settings that a search may choose from, read from what a learner wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from tuningfork.config import TrainConfig
from tuningfork.renames import what_to_write
from tuningfork.trials import Axis

_FIXED = {
    "seed": "A seed is luck, not a setting; the best settings are repeated with other seeds.",
    "output_dir": "Where files go changes nothing about a training.",
}
#: A range is searched by powers when its ends are so many times apart.
_WIDE = 10


@dataclass(frozen=True)
class Space:
    axes: tuple[Axis, ...]

    @classmethod
    def read(cls, space: Mapping[str, Sequence[Any]], config: TrainConfig) -> Self:
        """Checks every name and value with `TrainConfig` itself.

        Raises:
            TypeError: for an unknown setting, or a value of the wrong kind.
            ValueError: for something that is neither a range nor a list of choices.
        """
        if not isinstance(space, Mapping) or not space:
            raise ValueError('Say what to search, such as {"learning_rate": (1e-5, 1e-2)}.')
        return cls(tuple(_axis(name, values, config) for name, values in space.items()))

    def suggest(self, trial: Any) -> dict[str, Any]:
        """Asks an Optuna trial for a value of each setting."""
        return {axis.name: _suggest(axis, trial) for axis in self.axes}

    def fit(self, settings: dict[str, Any]) -> dict[str, Any] | None:
        """The settings if all of them lie in the space."""
        inside = all(_holds(axis, settings[axis.name]) for axis in self.axes)
        return settings if inside else None


def _axis(name: str, values: Any, config: TrainConfig) -> Axis:
    known = [field.name for field in fields(TrainConfig)]
    if name not in known:
        raise TypeError(f"TrainConfig has no {name!r}. {what_to_write(name, known)}")
    if name in _FIXED:
        raise ValueError(f"{name} cannot be searched. {_FIXED[name]}")
    if isinstance(values, tuple):
        axis = _range(name, values)
    elif isinstance(values, list) and len(values) > 1:
        axis = Axis(name, tuple(values), is_range=False)
    else:
        raise ValueError(
            f"Write {name} as a range (lowest, highest) or as a list of at least two choices, "
            f"not {values!r}."
        )
    for value in axis.values:
        replace(config, **{name: value})
    return axis


def _range(name: str, ends: tuple[Any, ...]) -> Axis:
    numbers = [end for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    if len(ends) != 2 or len(numbers) != 2 or not ends[0] < ends[1]:
        raise ValueError(f"The range of {name} must be (lowest, highest), not {ends!r}.")
    low, high = ends
    return Axis(name, (low, high), log=low > 0 and high >= _WIDE * low)


def _suggest(axis: Axis, trial: Any) -> Any:
    if not axis.is_range:
        return trial.suggest_categorical(axis.name, axis.values)
    low, high = axis.values
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(axis.name, low, high, log=axis.log)
    return trial.suggest_float(axis.name, low, high, log=axis.log)


def _holds(axis: Axis, value: Any) -> bool:
    if not axis.is_range:
        return value in axis.values
    return isinstance(value, int | float) and axis.values[0] <= value <= axis.values[1]
