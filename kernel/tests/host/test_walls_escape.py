"""Nothing gets out of the walls; and the same attempts do succeed where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from host.walls.escape import guard
from host.walls.escape.stage import NAMESPACES, namespaces
from host.walls.escape.suite import PROBES
from host.walls.escape.theatre import FailedError, play

from . import ordinary

LEAST = 150
LEAST_WITHOUT = 110
WALLED = ("with", "forked")


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    result: dict[str, Any] = ordinary.run("tests.host.play", seconds=120)
    return result


def _of_kind(outcomes: list[dict[str, str]], kind: str) -> list[tuple[str, str]]:
    return [(o["name"], o["found"]) for o in outcomes if o["kind"] == kind]


def test_there_are_enough_probes_with_names_of_their_own(played: dict[str, Any]) -> None:
    names = [probe.__name__ for probe in PROBES]
    assert len(names) >= LEAST
    assert len(set(names)) == len(names)
    for how in (*WALLED, "without"):
        assert [outcome["name"] for outcome in played[how]] == names


@pytest.mark.parametrize("how", [*WALLED, "without"])
def test_no_probe_is_broken(played: dict[str, Any], how: str) -> None:
    assert _of_kind(played[how], "broken") == []


@pytest.mark.parametrize("how", WALLED)
def test_walls_block_all(played: dict[str, Any], how: str) -> None:
    assert _of_kind(played[how], "got") == []


def test_without_walls_most_succeed(played: dict[str, Any]) -> None:
    got = _of_kind(played["without"], "got")
    print(f"{len(got)} of {len(PROBES)} probes succeed without walls")
    assert len(got) >= LEAST_WITHOUT


def test_nothing_was_harmed_behind_walls(played: dict[str, Any]) -> None:
    assert [played[f"harmed_{how}"] for how in WALLED] == [[], []]
    assert "/class/homes/bo/essay.txt" in played["harmed_without"], "or this would prove nothing"
    assert [what for what in played["harmed_without"] if what.startswith("process")]


def test_refuses_this_machine() -> None:
    with pytest.raises(guard.RefusedError) as refused:
        guard.check(namespaces())
    for reason in ("are not its own", "without a limit", "limits"):
        assert reason in str(refused.value)


def test_refuses_when_it_is_not_told_what_is_outside() -> None:
    with pytest.raises(guard.RefusedError, match=", ".join(NAMESPACES)):
        guard.check({})


def test_refuses_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setattr("host.walls.escape.theatre.subprocess.run", _never)
    with pytest.raises(FailedError, match="root"):
        play()
    with pytest.raises(guard.RefusedError, match="run by root"):
        guard.check(dict.fromkeys(NAMESPACES, "another"))


def test_refuses_root_under_another_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a user namespace root may be called 1000; the system's files still are its own."""
    owner = Path("/proc/sys/kernel/core_pattern").stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr("os.geteuid", lambda: owner)
    assert "it is run by root" in guard._user()


def _never(*_arguments: object, **_options: object) -> None:
    raise AssertionError("it was started")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("1 2 0:1 / / rw - ext4 /dev/vda rw", "/"),
        ("1 2 0:1 / / ro - ext4 /dev/vda rw", None),
        ("1 2 0:1 / /tmp rw - tmpfs tmpfs rw", "/tmp"),
        ("1 2 0:1 / /tmp rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755", None),
        ("1 2 0:1 / /tmp rw,nosuid - tmpfs tmpfs rw,size=65536m", "/tmp"),
        ("1 2 0:1 / /proc rw - proc proc rw", None),
        ("1 2 0:1 /null /dev/null rw - devtmpfs dev rw", None),
        ("1 2 0:1 / /dev rw - devtmpfs dev rw", "/dev"),
        ("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 none rw", "/sys/fs/cgroup"),
    ],
)
def test_sees_what_can_be_filled_or_changed(line: str, place: str | None) -> None:
    assert guard._open(line) == place
