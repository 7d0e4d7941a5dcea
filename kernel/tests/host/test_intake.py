"""What a kernel that was taken over said comes in order; what is held back meanwhile has a bound."""

from __future__ import annotations

import pytest

from host.adopt import intake
from host.adopt.counts import Counts
from host.adopt.intake import Intake


def _resumed(after: int) -> tuple[Intake, list[int], list[int]]:
    said: list[int] = []
    lost: list[int] = []
    one = Intake(
        lambda _channel, number, _parts: said.append(number),
        lambda missing, _parts: lost.append(missing),
    )
    one.resume(Counts(iopub=after))
    return one, said, lost


def test_what_was_missed_comes_before_what_was_held_back() -> None:
    one, said, lost = _resumed(after=3)
    for number in (6, 7):
        one.take("iopub", number, [b"x"])
    assert said == []
    one.recall([("iopub", (4, [b"x"])), ("iopub", (5, [b"x"])), ("iopub", (6, [b"x"]))])
    one.release()
    one.take("iopub", 8, [b"x"])
    assert (said, lost) == ([4, 5, 6, 7, 8], [])


def test_a_kernel_that_never_answers_does_not_fill_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "_MOST_HELD", 1000)
    one, said, lost = _resumed(after=3)
    for number in range(10, 40):
        one.take("iopub", number, [bytes(30)])
    assert said == list(range(10, 40))
    assert lost == [6]


def test_what_was_recalled_leaves_room_to_hold_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_MOST_HELD", 1000)
    one, said, lost = _resumed(after=3)
    for number in (10, 11, 12):
        one.take("iopub", number, [bytes(30)])
    one.recall([("iopub", (number, [b"x"])) for number in range(4, 10)])
    for number in (20, 21, 22):
        one.take("iopub", number, [bytes(30)])
    assert (said, lost) == ([*range(4, 13)], [])
