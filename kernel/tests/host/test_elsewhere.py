"""What is sent to a kernel on a foreign server. That it works there is tested from the web process."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from host.elsewhere import reel
from host.elsewhere.look import look
from host.elsewhere.receive import receive
from host.elsewhere.reel import Reel


def message(text: str) -> tuple[dict[str, Any], list[bytes]]:
    """A message, and its parts as they are sent."""
    return {"metadata": {}}, [b"<IDS|MSG>", b"signature", b"{}", b"{}", b"{}", text.encode()]


def say(tape: Reel, text: str) -> int:
    """Number a message; return its number."""
    whole, parts = message(text)
    assert tape.number(whole, lambda: parts) is parts
    return int(whole["metadata"]["tape"])


def texts(answer: dict[str, Any]) -> list[str]:
    """The contents of the frames that came back."""
    return [frame[3] for frame in answer["frames"]]


def test_numbers_go_on_after_the_one_given_and_each_can_be_read_again() -> None:
    tape = Reel(after=4)
    assert [say(tape, text) for text in "abc"] == [5, 6, 7]
    assert texts(tape.read(4)) == ["a", "b", "c"]
    assert texts(tape.read(6)) == ["c"]
    assert tape.read(7) == {"forgotten": 4, "last": 7, "frames": []}


def test_what_was_acknowledged_is_forgotten_and_no_more() -> None:
    tape = Reel(after=0)
    for text in "abcd":
        say(tape, text)
    tape.forget(2)
    assert texts(tape.read(0)) == ["c", "d"]
    assert tape.forgotten == 2
    tape.forget(99)
    assert (tape.forgotten, tape.last) == (4, 4)
    assert say(tape, "e") == 5


def test_more_than_it_may_keep_drops_the_oldest_and_says_so() -> None:
    tape = Reel(after=0, limit=100)
    for _ in range(10):
        say(tape, "x" * 30)
    answer = tape.read(0)
    assert answer["last"] == 10
    assert answer["forgotten"] == 10 - len(texts(answer))
    assert 1 <= len(texts(answer)) <= 3


def test_a_message_that_cannot_be_packed_leaves_no_gap() -> None:
    tape = Reel(after=0)

    def fail() -> list[bytes]:
        raise ValueError("not JSON")

    with pytest.raises(ValueError, match="not JSON"):
        tape.number({"metadata": {}}, fail)
    assert say(tape, "a") == 1


def test_a_reply_is_bounded_but_holds_one_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reel, "BATCH", 50)
    tape = Reel(after=0)
    for _ in range(3):
        say(tape, "x" * 80)
    assert len(texts(tape.read(0))) == 1
    assert tape.read(0)["last"] == 3


def test_threads_share_one_count() -> None:
    tape = Reel(after=0)
    numbers: list[int] = []

    def work() -> None:
        numbers.extend(say(tape, "x") for _ in range(500))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 2001))


def test_look_finds_versions_and_a_folder_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = look(["pytest", "no-such-package"], "abc")
    assert found["python"] == list(sys.version_info[:3])
    assert found["versions"] == {"pytest": pytest.__version__, "no-such-package": None}
    folder = Path(str(found["folder"]))
    assert folder == tmp_path / ".cache" / "tuningfork" / "abc"
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert found["there"] is False


def test_files_arrive_in_pieces_and_take_their_place_at_once(tmp_path: Path) -> None:
    files = {"a/b.py": base64.b64encode(b"x = 1\n").decode()}
    text = base64.b64encode(gzip.compress(json.dumps(files).encode())).decode()
    folder = tmp_path / "abc"
    cut = len(text) // 8 * 4
    receive(str(folder), text[:cut], last=False)
    assert not folder.exists()
    receive(str(folder), text[cut:], last=True)
    assert (folder / "a" / "b.py").read_text() == "x = 1\n"
    assert (folder / "complete").exists()
    receive(str(folder), text, last=True)
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
