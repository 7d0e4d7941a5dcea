"""A host with walls: its kernels work in their rooms, and whatever fails, none runs without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from host.walls.room import Limits
from host.walls.rooms import WORDS, WallsRefusedError, choose_rooms, models_folder

from . import ordinary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def works() -> dict[str, Any]:
    told: dict[str, Any] = ordinary.run("tests.host.roomed", "works", seconds=140)
    return told


@pytest.fixture(scope="module")
def fails() -> dict[str, Any]:
    told: dict[str, Any] = ordinary.run("tests.host.roomed", "fails", seconds=140)
    return told


def test_kernels_are_inside_however_they_started(works: dict[str, Any]) -> None:
    assert works["cold"]["how"] == ["cold", "loading"]
    assert works["how"] == ["forked", None]
    assert works["cold"]["inside"]
    assert works["inside"]
    assert (works["walls"], works["told"]) in [(True, "walls"), (True, "full")]


def test_nothing_in_a_room_is_without_bounds(works: dict[str, Any]) -> None:
    assert (works["cold"]["loose"], works["loose"]) == ([], [])


def test_both_see_the_same(works: dict[str, Any]) -> None:
    folder, home, root, token, detached = works["look"]
    assert (folder, home, token) == ("/home/learner", "/home/learner", None)
    assert root == works["cold"]["look"][2]
    assert detached, "the file of Python that all kernels start from can be reached"


def test_a_lesson_runs_and_its_checkpoints_stay(works: dict[str, Any]) -> None:
    assert works["lesson"] == [True, True, 15, True]
    assert any(name.startswith("checkpoint-") for name in works["files"]), works["files"]
    assert works["beside"]
    assert works["kept"] == 15


def test_an_interrupt_reaches_the_cell(works: dict[str, Any]) -> None:
    assert works["cold"]["interrupted"] == works["interrupted"] == ["KeyboardInterrupt"]


def test_a_death_is_named_and_nothing_is_left(works: dict[str, Any]) -> None:
    assert works["cold"]["ended"] == [None, "SIGKILL"]
    # A forked kernel is the host's own child: no code is taken for a signal.
    assert works["ended"] == [137, None]
    assert works["cold"]["gone"]
    assert works["gone"]
    assert works["left"] is False


def test_a_restarted_kernel_is_inside_again(works: dict[str, Any]) -> None:
    assert works["restarted"] == 200
    assert works["again"] == [["forked", None], True, False]


@pytest.mark.parametrize("what", ["raise", "nonsense", "lie", "skip", "unfiltered", "loading"])
def test_a_template_that_fails_or_lies_gives_no_kernel_without_walls(
    fails: dict[str, Any], what: str
) -> None:
    assert fails[what] == ["cold", "failed", True, 2]


def test_a_fork_outside_is_seen_and_its_template_replaced(fails: dict[str, Any]) -> None:
    assert fails["noticed"]
    assert fails["well"] == ["forked", None, True, 2]
    assert fails["killed"]


def test_without_bubblewrap_there_is_no_kernel(fails: dict[str, Any]) -> None:
    status, message, kernels = fails["missing"]
    assert (status, kernels) == (500, [])
    assert "apt-get install bubblewrap" in message


@pytest.mark.parametrize(
    ("patch", "environment", "words"),
    [
        ("os.geteuid", {"TUNINGFORK_WALLS": "1"}, "do not hold root"),
        ("", {"TUNINGFORK_WALLS": "yes"}, "means nothing"),
        ("host.walls.rooms.nested_lock", {"TUNINGFORK_WALLS": "1"}, "too old"),
        ("host.walls.seccomp.program", {"TUNINGFORK_WALLS": "1"}, "libseccomp2"),
    ],
)
def test_walls_that_cannot_be_had_are_refused(
    monkeypatch: pytest.MonkeyPatch, patch: str, environment: dict[str, str], words: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    if patch:
        monkeypatch.setattr(patch, lambda: 0)
    with pytest.raises(WallsRefusedError, match=words):
        choose_rooms(environment, None, tcp=False)
    if environment["TUNINGFORK_WALLS"] == "1":
        assert choose_rooms({**environment, "TUNINGFORK_WALLS_ANYWAY": WORDS}, None, tcp=False)


def test_a_host_that_is_refused_says_so_and_ends(folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ordinary.KERNEL_FOLDER), "TUNINGFORK_WALLS": "on"}
    command = [sys.executable, "-m", "host", "--runtime", str(folder / "run")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "Write TUNINGFORK_WALLS=1" in done.stderr) == (2, True)


def test_a_kernels_bound_and_the_folders_it_may_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert choose_rooms({}, None, tcp=False) is None
    given = {"TUNINGFORK_WALLS": "1", "TUNINGFORK_READABLE": str(tmp_path), "HF_HOME": "/no/such"}
    rooms = choose_rooms(given, 2**30, tcp=False)
    assert rooms
    assert rooms.limits.memory == 2**30
    assert rooms.address(tmp_path / "run") == str(tmp_path / "run" / "s" / "k")
    (tmp_path / "run" / "s" / "trap").symlink_to(tmp_path)
    room = rooms.room(tmp_path / "run", tmp_path / "home")
    assert tuple(room.readable) == (tmp_path,), "and not the models, which are not there"
    assert list(room.sockets.iterdir()) == []
    roomy = choose_rooms({"TUNINGFORK_WALLS": "1"}, 2**50, tcp=False)
    assert roomy
    assert roomy.limits == Limits()


def test_models_are_where_their_library_looks() -> None:
    assert models_folder({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}) == Path("/a")
    assert models_folder({"HF_HOME": "/b"}) == Path("/b/hub")
    assert models_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub")
