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
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) + tape._recent_size == 9000


def test_files_go_when_their_last_frame_is_forgotten(tmp_path: Path) -> None:
    tape = Tape(tmp_path, memory_limit=100)
    for _ in range(50):
        tape.append(b"z" * 30)
    tape.forget(25)
    assert _all(tape, 25, 1000) == [b"z" * 30] * 25
    tape.forget(50)
    assert list(tmp_path.iterdir()) == []
    assert tape.last == 50


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
