"""A kernel behind walls is a kernel like any other, and ends like one."""

from __future__ import annotations

from typing import Any

import pytest

from . import ordinary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    with ordinary.own_folder() as folder:
        told: dict[str, Any] = ordinary.run("tests.host.walled", str(folder))
        return told


def test_answers_and_trains(facts: dict[str, Any]) -> None:
    assert facts["answer"] == "2"
    assert facts["trained"] == "True"


def test_ordinary_programs_work_behind_the_filter(facts: dict[str, Any]) -> None:
    assert facts["programs"] == "[3, 3, 3] ok 100 True"


def test_sees_its_own_folder_and_writes_there(facts: dict[str, Any]) -> None:
    assert facts["sees"].endswith("/home/learner")
    assert "'home'" in facts["sees"]
    assert (facts["written"], facts["in_home"]) == ("ok", "x")


def test_gets_no_variable_that_is_not_on_the_list(facts: dict[str, Any]) -> None:
    names = set(facts["environment"].split())
    assert {"HOME", "PATH", "TMPDIR"} <= names
    assert not names & {"SOME_SECRET", "HF_TOKEN", "VIRTUAL_ENV"}


@pytest.mark.parametrize("what", ["loop", "sleep", "message"])
def test_is_interrupted_and_keeps_its_variables(facts: dict[str, Any], what: str) -> None:
    error, seconds = facts[what]
    assert error == "KeyboardInterrupt"
    assert seconds < 5
    assert facts["kept"] == "2"


def test_is_restarted(facts: dict[str, Any]) -> None:
    old_lives, old_variable = facts["restarted"]
    assert not old_lives
    assert old_variable == "False"


def test_its_death_is_told_and_leaves_nothing(facts: dict[str, Any]) -> None:
    assert facts["killed"]["were"] == 3, "bubblewrap's first process, the kernel, its child"
    assert facts["killed"]["left"] == 0
    assert facts["killed"]["code"] == -9
