"""Whatever a learner makes of a folder, it can be removed, and opened again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from host.adopt.leftovers import end_leftover
from host.clearing import clear_away, open_to_owner
from host.runtime import Runtime, clear_leftovers
from host.walls.room import Room, open_room

from . import ordinary

#: Deeper than Python's own way of removing goes, and then closed.
DEEP = """
import os
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
os.chmod(".", 0)
"""


def deepen(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", DEEP], cwd=folder, check=True)


def test_a_deep_tree_is_removed_and_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o500)
    deepen(tmp_path / "all")
    (tmp_path / "all" / "link").symlink_to(kept)
    (tmp_path / "all" / os.fsdecode(b"\xff\n")).write_text("x")
    assert clear_away(tmp_path / "all")
    (tmp_path / "all").symlink_to(kept)
    assert clear_away(tmp_path / "all")
    assert kept.stat().st_mode & 0o777 == 0o500
    assert clear_away(tmp_path / "missing")


def test_a_deep_tree_keeps_no_kernel_and_no_host_from_beginning(tmp_path: Path) -> None:
    room = Room(tmp_path / "home", tmp_path / "k" / "1")
    open_room(room)
    deepen(room.sockets / "trap")
    open_room(room)
    assert list(room.sockets.iterdir()) == []
    deepen(room.sockets / "trap")
    clear_leftovers(Runtime(tmp_path))
    assert not room.run.exists()
    deepen(room.sockets / "trap")
    end_leftover(room.run, None)
    assert not room.run.exists()


def test_a_closed_folder_is_opened_to_its_owner_and_a_link_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    assert not open_to_owner(folder)
    folder.chmod(0o040)
    (tmp_path / "link").symlink_to(folder)
    assert not open_to_owner(tmp_path / "link")
    assert folder.stat().st_mode & 0o777 == 0o040
    assert open_to_owner(folder)
    assert folder.stat().st_mode & 0o777 == 0o740
    assert not open_to_owner(tmp_path / "missing")


@pytest.mark.timeout(60)
def test_an_ordinary_user_removes_what_was_closed_to_them() -> None:
    told = ordinary.run("tests.host.closing")
    assert told == {"removed": True, "opened": True, "inside": ["file"]}
