"""Only what a kernel has signed, and what has the form of a message, is recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from jupyter_client.session import DELIM, Session

from host.envelope import HOSTS_OWN, RefusedError, open_message, open_recalled
from host.recorder import DIED
from host.rest import REST

from .conftest import Host
from .forking import run, start

OURS, OTHERS = Session(key=b"ours"), Session(key=b"another's")
HEADER = b'{"msg_type":"stream","msg_id":"1"}'
Parts = list[bytes]
assert {DIED, REST} == {*HOSTS_OWN}


def _signed(*parts: bytes, by: Session = OURS, before: Sequence[bytes] = ()) -> Parts:
    return [*before, DELIM, by.sign(list(parts[:4])), *parts]


def _whole(header: bytes = HEADER, parent: bytes = b"{}", metadata: bytes = b"{}") -> Parts:
    return _signed(header, parent, metadata, b"{}", before=[b"kernel.stream", b"#7"])


def test_a_signed_message_is_opened_with_its_number_and_all_that_follows() -> None:
    message = _signed(HEADER, b"{}", b'{"a":1}', b'{"text":"x"}', b"raw", before=[b"topic", b"#12"])
    assert open_message(OURS, message) == (12, message[-5:])
    assert open_message(OURS, _signed(HEADER, b"{}", b"{}", b"{}"))[0] == 0
    assert open_message(OURS, OURS.serialize(OURS.msg("status", {"a": "b"})))[0] == 0


DEEP = b'{"msg_type":' + b"[" * 100_000
REFUSED: dict[str, Parts] = {
    "nothing": [],
    "no mark": [b"a", b"b"],
    "mark far behind": [*[b"a"] * 50, *_whole()],
    "nothing behind the mark": [DELIM],
    "unsigned": [DELIM, b"", HEADER, b"{}", b"{}", b"{}"],
    "no text": [DELIM, b"\xff" * 64, HEADER, b"{}", b"{}", b"{}"],
    "another's": _signed(HEADER, b"{}", b"{}", b"{}", by=OTHERS),
    "changed": [*_whole()[:-1], b'{"text":"other"}'],
    "too few parts": _signed(HEADER, b"{}", b"{}"),
    "a number of letters": _signed(HEADER, b"{}", b"{}", b"{}", before=[b"#x"]),
    "a number of many": _signed(HEADER, b"{}", b"{}", b"{}", before=[b"#" + b"9" * 9000]),
    "a number a little too high": _signed(
        HEADER, b"{}", b"{}", b"{}", before=[b"#%d" % (2**53 + 1)]
    ),
    "a number too high": _signed(HEADER, b"{}", b"{}", b"{}", before=[b"#%d" % 2**63]),
    "broken header": _whole(header=b'{"msg_type":"stream"'),
    "header no object": _whole(header=b"[]"),
    "header without kind": _whole(header=b"{}"),
    "the host's own kind": _whole(header=b'{"msg_type":"tuningfork_died"}'),
    "deep header": _whole(header=DEEP),
    "long header": _whole(header=b'{"msg_type":"%s"}' % (b"x" * 2**20)),
    "broken parent": _whole(parent=b"\xff"),
    "parent no object": _whole(parent=b"null"),
    "broken metadata": _whole(metadata=b""),
    "metadata no object": _whole(metadata=b"3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_all_else_is_refused(name: str) -> None:
    with pytest.raises(RefusedError):
        open_message(OURS, REFUSED[name])


def test_without_a_key_nothing_is_opened() -> None:
    keyless = Session(key=b"")
    with pytest.raises(RefusedError, match="no key"):
        open_message(keyless, keyless.serialize(keyless.msg("status")))


def test_what_is_recalled_is_looked_at_one_by_one() -> None:
    """The answer signs none of it: it comes as bytes beside."""
    good, foreign = _whole()[2:], _signed(HEADER, b"{}", b"{}", b"{}", by=OTHERS)
    kept = [["iopub", 3, len(good)], ["shell", 4, len(foreign)], ["iopub", 5, len(good)]]
    found = open_recalled(OURS, kept, [*good, *foreign, *good])
    assert next(found) == ("iopub", (3, good[2:]))
    with pytest.raises(RefusedError, match="not signed"):
        next(found)


@pytest.mark.parametrize(
    "kept",
    [
        [["control", 1, 6]],
        [["iopub", -1, 6]],
        [["iopub", 1, 10**30]],
        [["iopub", 1, 2]],
        [["iopub", 1]],
        ["x"],
        [[[], {}, None]],
    ],
)
def test_nonsense_about_what_is_recalled_is_refused(kept: object) -> None:
    with pytest.raises(RefusedError):
        list(open_recalled(OURS, kept, _whole()[2:]))
    assert list(open_recalled(OURS, json.loads("null"), [])) == []


#: Behind all that numbers and signs: straight onto the socket of the output.
FORGE = """
import json, zmq
from jupyter_client.session import DELIM, Session
kernel = get_ipython().kernel
parent = kernel.get_parent()["header"]
def said(text, session, *more):
    message = session.msg("stream", {"name": "stdout", "text": text}, parent={"header": parent})
    return [b"stream", *more, *session.serialize(message)]
def send(*messages):
    for message in messages:
        kernel.iopub_thread.schedule(lambda m=message: kernel.iopub_thread.socket.send_multipart(m))
unsigned = said("UNSIGNED", kernel.session)
unsigned[2] = b""
broken = [DELIM, kernel.session.sign([b"{", b"{", b"{", b"{"]), *[b"{"] * 4]
send(unsigned, said("FOREIGN", Session(key=b"another's")), [b"x"], broken)
send(said("OVER", kernel.session, b"#99999999999999999999"), said("GENUINE", kernel.session))
"""


def test_a_kernel_that_forges_ends_nothing_but_its_own_message(host: Host) -> None:
    kernel, other = start(host), start(host)
    keys = {
        json.loads((host.runtime / "k" / name[:8] / "c.json").read_text())["key"]
        for name in (kernel, other)
    }
    assert len(keys) == 2, "two kernels have one key"
    channel = host.open(kernel)
    request = channel.execute(FORGE)
    said = channel.until(lambda m: "GENUINE" in m["content"].get("text", ""))
    texts = "".join(m["content"]["text"] for m in said if m["type"] == "stream")
    assert texts == "GENUINE", request
    assert run(channel, "print('still here')") == "still here\n"
    assert run(host.open(other), "print(1 + 1)") == "2\n"
    assert host.log.read_text().count("A message was left out") == 1
