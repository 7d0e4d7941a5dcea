"""The bound of a learner's folder: what is decided, and what a learner is told who fills it."""

from __future__ import annotations

from typing import Any

import pytest

from host.fullness import Folder, Verdict
from host.unlinked import Held
from host.walls.room import GIGABYTE
from host.walls.rooms import WallsRefusedError, home_bound

from . import ordinary

MB = 2**20


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return dict(ordinary.run("tests.host.filling"))


def test_a_folder_with_room_is_not_mentioned(told: dict[str, Any]) -> None:
    assert told["quiet"] == ""
    assert told["after"] == "again\n"


def test_one_that_is_nearly_full_is_told_below_the_next_cell(told: dict[str, Any]) -> None:
    assert told["nearly"].startswith("Your folder is nearly full: it holds 8 MB of 8 MB.")


def test_a_cell_that_fills_it_is_interrupted_and_told_what_to_do(told: dict[str, Any]) -> None:
    name, words = told["error"]
    assert name == "FolderFullError"
    assert words.startswith("Your folder is full: it holds")
    assert "Delete files you no longer need" in words


def test_the_cell_that_deletes_is_left_alone(told: dict[str, Any]) -> None:
    assert told["freed"].count("done") == 1
    assert told["room"].count("room") == 1


def test_a_cell_that_cannot_be_interrupted_is_ended_with_its_cause(told: dict[str, Any]) -> None:
    assert told["death"] == "disk"


@pytest.mark.parametrize(
    ("sizes", "verdicts"),
    [
        ([10, 89, 91, 100], ["well", "well", "nearly", "nearly"]),
        # Said again for each further piece, and anew when there was room in between.
        ([50, 101, 101, 101.5, 103, 110], ["well", "full", "nearly", "nearly", "full", "full"]),
        ([50, 105, 100, 102], ["well", "full", "nearly", "full"]),
        ([50, 119, 121], ["well", "full", "over"]),
        # It was full already: this kernel may make room, and not take more of it.
        ([300, 300, 200, 310, 321], ["nearly", "nearly", "nearly", "full", "over"]),
    ],
)
def test_what_follows_from_a_size(sizes: list[float], verdicts: list[Verdict]) -> None:
    folder = Folder(100 * MB)
    assert [folder.judge(int(size * MB)) for size in sizes] == verdicts


def test_what_has_no_name_counts_and_is_told() -> None:
    folder = Folder(100 * MB)
    assert folder.judge(50 * MB) == "well"
    assert folder.judge(50 * MB, Held(size=60 * MB)) == "full"
    assert "60 MB of it are deleted files that are still open" in folder.words()
    assert folder.judge(50 * MB) == "well"
    assert folder.words() == ""


def test_who_hides_what_it_holds_twice_in_a_row_is_ended() -> None:
    folder, hides = Folder(100 * MB), Held(hidden=True)
    looks = [hides, Held(), hides, hides]
    assert [folder.judge(MB, held) for held in looks] == ["well", "well", "well", "over"]


def test_the_setting() -> None:
    assert home_bound({}) == 2 * GIGABYTE
    assert home_bound({"TUNINGFORK_HOME_MB": "300"}) == 300 * MB
    assert home_bound({"TUNINGFORK_HOME_MB": "0"}) is None
    with pytest.raises(WallsRefusedError, match="whole number of megabytes"):
        home_bound({"TUNINGFORK_HOME_MB": "2 GB"})
