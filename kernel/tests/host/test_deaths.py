"""From what was seen of a kernel that ended to its cause. Pure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from host.deaths import Cause, Seen, cause_of, facts_of, fault_place, fitting
from host.doing import Doing, read_note
from host.memory import MEGABYTE, Kills, Memory, Together

GB = 1024 * MEGABYTE
CALM = Memory(held=1 * GB, data=1 * GB, machine=8 * GB, free=4 * GB)
FULL = Memory(held=3 * GB, data=3 * GB, machine=8 * GB, free=4 * GB)


@pytest.mark.parametrize(
    ("seen", "cause", "sure"),
    [
        (Seen(exit_code=3, memory=CALM), "exit", True),
        (Seen(exit_code=0, memory=CALM), "exit", True),
        (Seen(memory=CALM), "unknown", True),
        (Seen(signal="SIGTERM", memory=CALM), "signal", True),
        (Seen(signal="SIGKILL", memory=CALM), "signal", True),
        (Seen(signal="SIGKILL", memory=CALM, own="bound"), "bound", True),
        (Seen(signal="SIGKILL", memory=CALM, own="host-ended"), "host-ended", True),
        (Seen(signal="SIGKILL", memory=CALM, kills=Kills(group=1, machine=1)), "bound", True),
        (Seen(signal="SIGKILL", memory=CALM, kills=Kills(machine=1)), "memory", True),
        # A count that rose says nothing about a kernel that left by itself.
        (Seen(exit_code=1, memory=CALM, kills=Kills(machine=1)), "exit", True),
        (Seen(signal="SIGSEGV", memory=CALM, kills=Kills(machine=1)), "fault", True),
        (Seen(signal="SIGKILL", memory=Memory(7 * GB, 7 * GB, 8 * GB, 1 * GB)), "memory", False),
        (Seen(signal="SIGKILL", memory=Memory(1 * GB, 1 * GB, 8 * GB, GB // 10)), "memory", False),
        (Seen(signal="SIGSEGV", memory=CALM, bound=3 * GB), "fault", True),
        (Seen(signal="SIGABRT", memory=FULL, bound=3 * GB), "bound", False),
        (
            Seen(signal="SIGABRT", memory=FULL, bound=3 * GB, log="what(): std::bad_alloc"),
            "bound",
            True,
        ),
        (Seen(signal="SIGABRT", memory=CALM, bound=3 * GB, log="std::bad_alloc"), "fault", True),
    ],
)
def test_a_cause_is_named_and_is_only_sure_with_proof(seen: Seen, cause: Cause, sure: bool) -> None:
    assert cause_of(seen) == (cause, sure)


def test_the_facts_are_in_whole_megabytes_and_say_what_is_not_known() -> None:
    facts = facts_of(
        Seen(signal="SIGKILL", own="bound", memory=FULL, bound=3 * GB, disk_free=0, log="last")
    )
    assert facts == {
        "cause": "bound",
        "sure": True,
        "exit_code": None,
        "signal": "SIGKILL",
        "memory_mb": 3072,
        "bound_mb": 3072,
        "machine_mb": 8192,
        "free_mb": 4096,
        "full": "disk",
        "doing": None,
        "fits": None,
        "where": None,
        "log": "last",
    }


def test_what_the_group_stopped_is_told_in_the_groups_measure() -> None:
    seen = Seen(
        signal="SIGKILL",
        memory=CALM,
        bound=3 * GB,
        kills=Kills(group=1),
        together=Together(limit=4 * GB, most=4 * GB),
    )
    facts = facts_of(seen)
    assert (facts["cause"], facts["memory_mb"], facts["bound_mb"]) == ("bound", 4096, 4096)


def test_full_shared_memory_is_told_where_it_can_be_the_reason() -> None:
    assert facts_of(Seen(signal="SIGBUS", shared_free=0))["full"] == "shared-memory"
    assert facts_of(Seen(signal="SIGKILL", shared_free=0))["full"] is None


def training(**numbers: float) -> Doing:
    return Doing("training", None, numbers)


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        # 0.9 · 3072 MB − 500 MB = 2264 MB: 56 rows of 40 MB, so 32.
        ({"batch": 64, "base_mb": 500, "row_mb": 40}, 32),
        ({"batch": 64, "base_mb": 500, "row_mb": 300}, 4),
        # It would fit as it was: the batch is not what was wrong.
        ({"batch": 32, "base_mb": 500, "row_mb": 40}, None),
        # Not even one row.
        ({"batch": 64, "base_mb": 2700, "row_mb": 80}, None),
        # Nothing was measured.
        ({"batch": 64}, None),
    ],
)
def test_a_batch_that_would_fit_is_computed_from_what_was_measured(
    numbers: dict[str, float], rows: int | None
) -> None:
    seen = Seen(signal="SIGKILL", own="bound", memory=FULL, bound=3 * GB, doing=training(**numbers))
    assert fitting(seen) == rows


def test_a_batch_is_only_told_when_memory_was_the_reason() -> None:
    doing = training(batch=64, base_mb=500, row_mb=40)
    assert fitting(Seen(exit_code=3, memory=FULL, bound=3 * GB, doing=doing)) is None


@pytest.mark.parametrize("head", ["Current thread 0x1", "Stack"])
def test_the_place_of_a_fault_is_read_from_the_last_words(head: str) -> None:
    log = (
        f"some warning\nFatal Python error: Segmentation fault\n\n{head} (most recent"
        ' call first):\n  File "/usr/lib/python3/ctypes/__init__.py", line 519 in string_at\n'
        '  File "/tmp/1.py", line 1 in <module>\n'
    )
    assert fault_place(log) == "string_at, line 519 of __init__.py"
    assert fault_place("nothing") is None


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{",
        "[]",
        "{}",
        "7",
        '{"kind": "dreaming"}',
        '{"kind": ["training"]}',
        "[" * 5000,
    ],
)
def test_a_note_that_cannot_be_believed_counts_as_none(tmp_path: Path, note: str) -> None:
    (tmp_path / "doing").write_text(note)
    assert read_note(tmp_path / "doing") is None
    assert read_note(tmp_path / "missing") is None


def test_of_a_note_only_what_is_of_the_known_form_is_taken(tmp_path: Path) -> None:
    found = {"kind": "training", "model": 3, "step": 4, "of": "x", "batch": True, "row_mb": -1}
    (tmp_path / "doing").write_text(json.dumps({**found, "rm": 1, "base_mb": 1e300}).ljust(512))
    assert read_note(tmp_path / "doing") == Doing("training", None, {"step": 4.0})
    (tmp_path / "doing").write_text(json.dumps({"kind": "loading", "model": "x" * 500}))
    assert read_note(tmp_path / "doing") == Doing("loading", "x" * 80)


def test_a_note_that_is_a_link_or_a_pipe_is_not_followed_and_not_waited_for(tmp_path: Path) -> None:
    import os

    (tmp_path / "other").write_text('{"kind": "training"}')
    (tmp_path / "link").symlink_to(tmp_path / "other")
    os.mkfifo(tmp_path / "pipe")
    assert read_note(tmp_path / "link") is None
    assert read_note(tmp_path / "pipe") is None
