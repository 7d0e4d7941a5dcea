"""Did you mean …? For names that a learner may have misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known name, or with all of them when none is near."""
    names = list(known)
    near = nearest(name, names, 0.6)
    if near is not None:
        return f"Did you mean {near!r}?"
    return "Choose one of: " + ", ".join(repr(other) for other in names) + "."


def nearest(name: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """The known name most like this one, 1 being the same; `None` when none is so like it."""
    near = get_close_matches(name, list(known), n=1, cutoff=likeness)
    return near[0] if near else None
