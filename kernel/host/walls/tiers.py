"""How far this machine's walls reach, in words. Data and one decision; `trials` does the trying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Name = Literal["full", "walls", "thin", "none"]
Part = Literal["ground", "walls", "nested", "groups", "note"]
"""What a trial decides on: whether there can be walls at all, whether they hold, whether rarely
used parts of Linux (new rooms inside are one) can be reached, whether a kernel's processes are
bounded together; or nothing."""


@dataclass(frozen=True)
class Trial:
    """One thing that was tried."""

    name: str
    part: Part
    ok: bool
    found: str
    remedy: str = ""
    """How to make it right; empty if it is, or if nothing can be done."""


@dataclass(frozen=True)
class Tier:
    """A state of the walls."""

    name: Name
    fit_for_class: bool
    words: str


FULL = Tier(
    "full",
    True,
    "A kernel sees its own folder and the lesson: no other person, no other program, no network. "
    "All its processes together are bounded in memory, number and processor time.",
)
WALLS = Tier(
    "walls",
    True,
    "A kernel sees its own folder and the lesson: no other person, no other program, no network. "
    "Each of its processes is bounded, and their number is, but not what they use together: one "
    "learner can make the machine slow for the others, or use up its memory.",
)
THIN = Tier(
    "thin",
    False,
    "As above, but a kernel can reach rarely used parts of Linux in which ways out have been found "
    "in the past. Enough against mistakes, not against intent.",
)
NONE = Tier(
    "none",
    False,
    "There are no walls. Whatever a learner's code does, it does as the user that runs the host: "
    "it can read and change every learner's work, the database and the keys.",
)


def tier_of(trials: Sequence[Trial]) -> Tier:
    """What the trials together show. A trial that was not made is one that failed."""
    made = {trial.part for trial in trials}
    failed = {trial.part for trial in trials if not trial.ok}

    def holds(part: Part) -> bool:
        return part in made and part not in failed

    if not (holds("ground") and holds("walls")):
        return NONE
    if not holds("nested"):
        return THIN
    return FULL if holds("groups") else WALLS
