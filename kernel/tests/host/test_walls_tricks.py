"""What the host does by names and in files that a learner can change: nothing for that learner."""

from __future__ import annotations

from typing import Any

import pytest

from . import ordinary


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return dict(ordinary.run("tests.host.tricking"))


def test_a_link_in_place_of_a_socket_leads_the_host_nowhere(told: dict[str, Any]) -> None:
    """It connects again to the socket that it took, and not to what has its name now."""
    link = told["link"]
    assert link["connections"] == [1, 1], "the host listens to the other's kernel twice"
    assert not link["heard"]


def test_no_file_of_the_hosts_is_open_in_a_room(told: dict[str, Any]) -> None:
    """It could be written to, and opened again from the start, by whoever is in there."""
    assert told["files"] == []


def test_files_that_were_deleted_and_are_open_still_are_counted(told: dict[str, Any]) -> None:
    name, words = told["unlinked"]
    assert name == "FolderFullError"
    assert "MB of it are deleted files that are still open: restart Python" in words


def test_nothing_can_be_kept_among_the_sockets(told: dict[str, Any]) -> None:
    assert (told["share"], told["again"]) == ("disk", 2)


def test_an_output_without_measure_is_told_and_what_follows_it_is_heard(
    told: dict[str, Any],
) -> None:
    assert told["large"].startswith("[An output of 65 MB is too large to be shown")
    assert told["large"].endswith("]\nafter it\n")


def test_the_next_host_finds_the_sockets_and_hears_of_a_fault(told: dict[str, Any]) -> None:
    assert told["taken_over"]["answer"] == 42
    fault = told["taken_over"]["fault"]
    assert fault["cause"] == "fault"
    assert fault["where"].startswith("string_at, line")
