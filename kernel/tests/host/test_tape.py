"""The tape: numbers, replay, forgetting, and memory that stays bounded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.tape import ForgottenError, Tape


def _all(tape: Tape, after: int, limit: int) -> list[bytes]:
    frames: list[bytes] = []
    while batch := tape.read(after + len(frames), limit):
        frames += batch
    return frames


def test_numbers_start_at_one_and_go_up_by_one(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    assert tape.read(0, 100) == []
    assert [tape.append(b"x") for _ in range(3)] == [1, 2, 3]


@pytest.mark.timeout(120)
@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_every_frame_not_forgotten_can_be_read_from_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    tape = Tape(tmp_path_factory.mktemp("tape"), memory_limit=40)
    kept: list[bytes] = []
    steps = data.draw(st.lists(st.one_of(st.binary(max_size=30), st.integers(0, 60)), max_size=60))
    for step in steps:
        if isinstance(step, bytes):
            kept.append(step)
            assert tape.append(step) == len(kept)
        else:
            tape.forget(step)
        after = data.draw(st.integers(0, len(kept)))
        limit = data.draw(st.integers(1, 200))
        if after < tape.forgotten:
            with pytest.raises(ForgottenError):
                tape.read(after, limit)
        else:
            assert _all(tape, after, limit) == kept[after:]


def test_frames_beyond_the_memory_limit_are_in_files(tmp_path: Path) -> None:
    tape = Tape(tmp_path, memory_limit=1000)
    for _ in range(100):
        tape.append(b"y" * 90)
    assert tape._recent_size <= 1000
    # Each frame has its length before it.
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) == 100 * (90 + 8)


def test_files_go_when_their_last_frame_is_forgotten(tmp_path: Path) -> None:
    tape = Tape(tmp_path, memory_limit=100)
    for _ in range(50):
        tape.append(b"z" * 30)
    tape.forget(25)
    assert _all(tape, 25, 1000) == [b"z" * 30] * 25
    tape.forget(50)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 100 + 38
    assert tape.last == 50
    tape.close()
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None, max_examples=60)
@given(
    frames=st.lists(st.binary(max_size=30), max_size=40),
    acked=st.integers(0, 40),
    cut=st.integers(0, 12),
)
def test_the_tape_outlives_its_process_but_for_a_frame_cut_short(
    tmp_path_factory: pytest.TempPathFactory, frames: list[bytes], acked: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("tape")
    tape = Tape(folder, memory_limit=100)
    for frame in frames:
        tape.append(frame)
    tape.forget(acked)
    whole = _all(tape, tape.forgotten, 1000)
    if frames and tape._newest and cut < 8 + len(frames[-1]):
        # As if it had been killed in the middle of writing one more.
        with tape._newest._path.open("ab") as file:
            file.write(b"\x07\0\0\0\0\0\0\0abc"[:cut])
    again = Tape.resume(folder, tape.last)
    assert (again.last, _all(again, tape.forgotten, 1000)) == (tape.last, whole)
    assert again.append(b"next") == tape.last + 1
    assert _all(again, tape.forgotten, 1000) == [*whole, b"next"]
    third = Tape.resume(folder, 0)
    assert _all(third, tape.forgotten, 1000) == [*whole, b"next"]


def test_numbers_that_a_full_disk_has_swallowed_are_not_given_out_again(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.append(b"written")
    again = Tape.resume(tmp_path, last=5)
    assert (again.last, again.forgotten) == (5, 5)
    assert again.append(b"next") == 6


def test_full_at_the_total_limit_until_something_is_forgotten(tmp_path: Path) -> None:
    tape = Tape(tmp_path, memory_limit=100, total_limit=1000)
    for _ in range(11):
        tape.append(b"f" * 100)
    assert tape.full
    tape.forget(8)
    assert not tape.full


def test_a_full_disk_keeps_frames_in_memory_and_fills_the_tape(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "missing", memory_limit=100)
    for _ in range(9):
        tape.append(b"d" * 100)
    assert tape.full
    assert _all(tape, 0, 250) == [b"d" * 100] * 9


def test_an_ack_from_the_future_forgets_no_more_than_there_is(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.append(b"a")
    tape.forget(99)
    assert tape.append(b"b") == 2
    assert tape.read(1, 10) == [b"b"]
