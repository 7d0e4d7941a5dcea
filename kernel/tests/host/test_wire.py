"""Frames: what goes in comes out, the number is in the metadata, nonsense is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1

from host.wire import frame, parts_of

_metadata = st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.none()))


@given(_metadata, st.lists(st.binary(), max_size=3), st.integers(1, 10**9))
def test_a_frame_is_what_jupyter_expects(
    metadata: dict[str, object], buffers: list[bytes], tape: int
) -> None:
    metadata.pop("tape", None)
    parts = [b'{"h":1}', b"{}", json.dumps(metadata).encode(), b'{"text":"x"}', *buffers]
    data = frame("iopub", parts, tape)
    channel, (header, parent, numbered, *rest) = deserialize_msg_from_ws_v1(data)
    assert (channel, header, parent, rest) == ("iopub", parts[0], parts[1], parts[3:])
    assert json.loads(numbered) == {**metadata, "tape": tape}
    assert parts_of(data) == (channel, [header, parent, numbered, *rest])


def test_a_number_of_the_kernels_own_does_not_count() -> None:
    forged = b'{"tape": 99, "sent": 98, "a": 1}'
    data = frame("iopub", [b"{}", b"{}", forged, b"{}"], 3, 4)
    _, (_, _, numbered, *_) = deserialize_msg_from_ws_v1(data)
    assert json.loads(numbered) == {"tape": 3, "sent": 4, "a": 1}


@given(st.binary(max_size=200))
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="frame"):
        parts_of(data)


@given(st.integers(1, 90))
def test_a_frame_cut_short_is_refused(cut: int) -> None:
    data = frame("shell", [b"{}", b"{}", b"{}", b"{}"], 1)
    with pytest.raises(ValueError, match="frame"):
        parts_of(data[: -min(cut, len(data))])
