"""Checks of the numbers that a generator is given, told in plain words."""

import math
from numbers import Integral, Real


def check_share(name: str, value: object, *, above_zero: bool = False) -> float:
    """A part of a whole, from 0 to 1.

    Raises:
        ValueError: for anything else, NaN included.
    """
    number = _number(name, value)
    if 0 <= number <= 1 and not (above_zero and number == 0):
        return number
    hint = f" For {number:g} % write {number / 100:g}." if 1 < number <= 100 else ""
    least = "above 0 and at most 1" if above_zero else "between 0 and 1"
    raise ValueError(f"{name} is a share and must be {least}, not {value!r}.{hint}")


def check_number(name: str, value: object, low: float, high: float) -> float:
    """A number from `low` to `high`, both included.

    Raises:
        ValueError: for anything else, NaN included.
    """
    found = _number(name, value)
    if low <= found <= high:
        return found
    raise ValueError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}.")


def check_whole(name: str, value: object, low: int, high: int | None = None, what: str = "") -> int:
    """A whole number of at least `low` and, when given, at most `high`; `what` says its meaning.

    Raises:
        ValueError: for anything else; `True` and `3.0` are not taken for numbers.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        found = int(value)
        if found >= low and (high is None or found <= high):
            return found
    limits = f"of at least {low}" if high is None else f"from {low} to {high}"
    meaning = f"the {what}, " if what else ""
    raise ValueError(f"{name} is {meaning}a whole number {limits}, not {value!r}.")


def check_flag(name: str, value: object) -> bool:
    """`True` or `False`.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool):
        return value
    raise ValueError(f"{name} is True or False, not {value!r}.")


def check_rows(value: object, high: int | None = None) -> int:
    """The number of rows to make.

    Raises:
        ValueError: when it is not a whole number above 0, or more than there can be.
    """
    return check_whole("n", value, 1, high, "number of rows")


def _number(name: str, value: object) -> float:
    if isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(float(value)):
        return float(value)
    raise ValueError(f"{name} must be a number, not {value!r}.")
