"""When a kernel is frozen, warned about and put away, and whether there is room: the rules."""

from __future__ import annotations

import pytest

from host.idle import (
    END_VARIABLE,
    FREEZE_VARIABLE,
    UNKNOWN,
    Idle,
    Limits,
    Trace,
    limits_from,
    next_step,
    was_used,
)
from host.room import COLD, FORKED, MEGABYTE, Machine, has_room, reserve
from host.settings import SettingRefusedError

LIMITS = Limits(freeze=600, end=3600)


def idle(seconds: float, **more: bool) -> Idle:
    return Idle(seconds, **{"frozen": False, "warned": False, "kept": True, **more})


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (idle(599), "nothing"),
        (idle(600), "freeze"),
        (idle(2999, frozen=True), "nothing"),
        (idle(3000, frozen=True), "warn"),
        (idle(3000), "warn"),
        (idle(3500, frozen=True, warned=True), "nothing"),
        (idle(3600, frozen=True, warned=True), "end"),
        (idle(9999, frozen=True), "warn"),
        (idle(9999, frozen=True, warned=True, kept=False), "nothing"),
    ],
)
def test_steps(state: Idle, step: str) -> None:
    assert next_step(state, LIMITS) == step


def test_never() -> None:
    assert next_step(idle(1e9), Limits(None, None)) == "nothing"
    assert next_step(idle(1e9), Limits(None, 60.0)) == "warn"
    assert next_step(idle(1e9, frozen=True), Limits(60.0, None)) == "nothing"


def test_a_class_has_shorter_limits() -> None:
    alone, of_class = limits_from({}), limits_from({"TUNINGFORK_CLASS": "1"})
    assert alone == Limits(3600, 24 * 3600)
    assert of_class == Limits(600, 3600)
    assert limits_from({FREEZE_VARIABLE: "0", END_VARIABLE: "0.5"}) == Limits(None, 30)


@pytest.mark.parametrize("given", ["soon", "-1", "inf", "nan"])
def test_a_setting_that_means_nothing_is_refused(given: str) -> None:
    with pytest.raises(SettingRefusedError, match="is not a number of minutes"):
        limits_from({END_VARIABLE: given})


def test_looks_are_many_in_a_short_limit() -> None:
    assert Limits(600, 3600).look == 15
    assert Limits(8, None).look == 1
    assert Limits(None, None).look == 15


@pytest.mark.parametrize(
    ("now", "used"),
    [
        (Trace(1, 5, 10.1), False),
        (Trace(2, 5, 10.0), True),
        (Trace(1, 6, 10.0), True),
        (Trace(1, 5, 10.5), True),
        (Trace(1, 5, 2.0), True),
        (Trace(1, 5, UNKNOWN), False),
    ],
)
def test_use(now: Trace, used: bool) -> None:
    assert was_used(Trace(1, 5, 10.0), now, 15) is used


def test_room_is_what_is_free_less_what_starts_already() -> None:
    free = reserve(Machine(4096 * MEGABYTE, 0)) + 3 * FORKED
    machine = Machine(4096 * MEGABYTE, free)
    assert has_room(machine, starting=2, others=5, light=True)
    assert not has_room(machine, starting=3, others=5, light=True)
    assert not has_room(machine, starting=0, others=5, light=False)
    assert has_room(Machine(4096 * MEGABYTE, free + COLD), 0, 5, light=False)


def test_somebody_alone_is_never_refused() -> None:
    assert has_room(Machine(4096 * MEGABYTE, 0), starting=0, others=0, light=False)
