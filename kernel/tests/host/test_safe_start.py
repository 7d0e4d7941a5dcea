"""Nothing that a learner leaves behind keeps them from ever having Python again."""

from __future__ import annotations

from typing import Any

import pytest

from host.walls.escape.traps import CLOSING, FILES, HARMLESS, TRAPS

from . import ordinary
from .conftest import Host
from .forking import ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
_WELL = "None True"


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    told: dict[str, Any] = ordinary.run("tests.host.trapped", seconds=180)
    said = {name: trap["set"] for name, trap in told.items()}
    # The host may be faster, and end who fills the folder of sockets.
    assert said.pop("fill_socket_folder_deeply") in ("set", "died")
    assert said == {name: "set" for name in TRAPS if name in said}
    assert len(said) == len(TRAPS) - 1
    return told


@pytest.mark.parametrize("name", [*CLOSING, *HARMLESS])
def test_an_ordinary_start_works_where_the_host_can_mend_it(
    facts: dict[str, Any], name: str
) -> None:
    assert facts[name]["ordinary"] == _WELL
    assert facts[name].get("restarted", 200) == 200


@pytest.mark.parametrize("name", FILES)
def test_a_safe_start_works_where_a_file_ends_each_other(facts: dict[str, Any], name: str) -> None:
    assert facts[name]["ordinary"] == ("failed" if name == "break_every_cell" else "died")
    assert facts[name]["safe"] == "1 True, apart, undone"
    assert facts[name]["then"] == _WELL


def test_a_safe_start_without_walls_leaves_ipythons_files_out(host: Host) -> None:
    folder = host.runtime.parent / "work"
    startup = host.runtime / "jupyter" / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "01.py").write_text("began = 'with it'")
    folder.mkdir()
    (folder / "random.py").write_text("raise SystemExit")
    seen = {}
    for name in ("tuningfork", "tuningfork-safe"):
        status, model = host.ask("POST", "/api/kernels", {"name": name, "path": str(folder)})
        assert status == 201, model
        expression = "[globals().get('began'), os.environ.get('TUNINGFORK_STARTUP')]"
        seen[name] = ask(host.open(model["id"]), expression, "import os")
    assert seen["tuningfork"] == ["with it", None]
    assert seen["tuningfork-safe"] == [None, str(startup.parents[1])]
