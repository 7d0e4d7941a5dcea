"""What a kernel of somebody's own may send in signed messages: none holds up or fills the host."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from jupyter_client.session import DELIM

from host import wire
from host.adopt.counts import CountsFile
from host.doing import read_note
from host.envelope import RefusedError, open_recalled
from host.flow import Flow
from host.fullness import Folder
from host.kernels import HostKernels
from host.recorder import DIED, Recorder
from host.tape import Tape
from host.walls.sockets import is_misused

HEADER = b'{"msg_type":"status","msg_id":"1"}'


class _Kernel:
    """What the recorder hears of one."""

    def __init__(self, folder: Path) -> None:
        self.states: list[str] = []
        self.paused: list[str] = []
        self.recorder = Recorder(
            Tape(folder), self.states.append, CountsFile(folder, write=True), "ours"
        )
        self.recorder._session.key = b"key"
        self.recorder.flow = Flow(lambda _: None, self.paused.append)
        self.recorder.flow.allow(2**19)

    def say(self, channel: str, *parts: bytes, sign: bool = True) -> None:
        signature = self.recorder._session.sign(list(parts)) if sign else b""
        self.recorder._receive(channel, [b"topic", DELIM, signature, *parts])

    def state(self, content: bytes) -> None:
        self.say("iopub", HEADER, b"{}", b"{}", content)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[_Kernel]:
    one = _Kernel(tmp_path)
    yield one
    one.recorder.tape.close()


def test_only_states_that_there_are_count(kernel: _Kernel) -> None:
    for state in ("busy", "dead", "x" * 100, 7, ["busy"], None):
        kernel.state(json.dumps({"execution_state": state}).encode())
    assert kernel.states == ["busy"]


def test_a_content_of_countless_pieces_is_taken_apart_by_nobody(kernel: _Kernel) -> None:
    begin = time.monotonic()
    kernel.recorder.flow.allow(None)
    kernel.state(b'{"execution_state":[' + b"[]," * 10_000_000 + b"[]]}")
    assert time.monotonic() - begin < 2
    assert kernel.states == []
    (frame,) = kernel.recorder.tape.read(0, 2**30)
    assert len(frame) < 1000
    assert b"too large to be shown" in frame


@pytest.mark.parametrize("how", ["unsigned", "ours", "control"])
def test_whatever_a_kernel_sends_it_waits_after_so_much(kernel: _Kernel, how: str) -> None:
    channel = "control" if how == "control" else "iopub"
    parent = b'{"session":"ours"}' if how == "ours" else b"{}"
    header = b'{"msg_type":"stream"}'

    async def send() -> None:
        for _ in range(9):
            kernel.say(channel, header, parent, b"{}", b"x" * 2**20, sign=how != "unsigned")

    asyncio.run(send())
    assert channel in kernel.paused


def test_another_process_is_heard_at_once(kernel: _Kernel) -> None:
    async def send() -> None:
        flow = kernel.recorder.flow
        flow.heard("iopub", 2**26, full=False)
        assert kernel.paused == ["iopub"]
        flow.begin()
        flow.heard("iopub", 100, full=False)
        assert kernel.paused == ["iopub"]

    asyncio.run(send())


@pytest.mark.parametrize("name", ["\\ud800", "\\udc80x"])
def test_half_a_letter_in_a_note_does_not_keep_the_end_from_the_tape(
    kernel: _Kernel, tmp_path: Path, name: str
) -> None:
    note = tmp_path / "note"
    note.write_text(f'{{"kind":"training","model":"{name}"}}')
    found = read_note(note)
    assert found is not None
    kernel.recorder.note(DIED, {"doing": found.facts()})
    assert kernel.recorder.tape.last == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le", "utf-8-sig"])
def test_numbers_go_into_text_of_one_encoding_only(kernel: _Kernel, encoding: str) -> None:
    kernel.say("iopub", b'{"msg_type":"stream"}', b"{}", '{"a":1}'.encode(encoding), b"{}")
    assert (kernel.recorder.refused, kernel.recorder.tape.last) == (1, 0)


@pytest.mark.parametrize("number", ["\ud800", "7", 1.5, None, True, -1])
def test_what_is_no_number_in_an_answer_is_refused(kernel: _Kernel, number: Any) -> None:
    with pytest.raises(RefusedError):
        list(open_recalled(kernel.recorder._session, [["iopub", number, 5]], []))


def test_a_folder_that_cannot_be_counted_does_not_stay() -> None:
    folder = Folder(100)
    assert [folder.judge(size) for size in (None, 50, None, None)] == [
        "full",
        "well",
        "full",
        "over",
    ]
    assert folder.words().startswith("Your folder is full")


def test_what_comes_and_goes_among_the_sockets_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large").write_bytes(bytes(2**21))
    (tmp_path / "gone").touch()
    real = Path.iterdir

    class _Entry:
        def __init__(self, path: Path) -> None:
            self.path = path

        def stat(self, **_how: Any) -> Any:
            if self.path.name == "gone":
                raise FileNotFoundError
            return self.path.lstat()

    class _Scan(list[_Entry]):
        def __enter__(self) -> _Scan:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

    monkeypatch.setattr("os.scandir", lambda folder: _Scan(_Entry(one) for one in real(folder)))
    assert is_misused(tmp_path)


def test_little_that_is_unread_is_kept_in_the_host() -> None:
    kernels = HostKernels()
    hearing = kernels.context.socket(zmq.SUB)
    try:
        assert hearing.getsockopt(zmq.MAXMSGSIZE) == wire.LARGEST + 2**20
        assert hearing.getsockopt(zmq.RCVHWM) < 10
    finally:
        hearing.close()
