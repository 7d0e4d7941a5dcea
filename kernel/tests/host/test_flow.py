"""Which channels of a kernel are listened to, step by step; what test_allowance.py tries whole."""

from __future__ import annotations

import asyncio

from host.flow import Flow

RATE = 1000.0
MUCH = 9 * 2**20
"""Bytes; more than may be said at once."""


class Channels:
    """Those of a kernel, as a flow sees them."""

    def __init__(self) -> None:
        self.paused: set[str] = set()
        self.flow = Flow(self.paused.discard, self.paused.add)


def test_a_full_tape_holds_all_channels_but_the_hosts_own_until_there_is_room() -> None:
    one = Channels()
    one.flow.heard("iopub", 1, full=True)
    assert one.paused == {"iopub", "shell", "stdin"}
    # What had been said to be slowed goes on; this is something else.
    one.flow.hurry()
    assert one.paused == {"iopub", "shell", "stdin"}
    one.flow.make_room()
    assert one.paused == set()


def test_what_is_said_on_the_hosts_own_channel_to_a_full_tape_holds_that_too() -> None:
    one = Channels()
    one.flow.heard("control", 1, full=True)
    assert one.paused == {"control", "iopub", "shell", "stdin"}
    one.flow.make_room()
    assert one.paused == set()


def test_replies_do_not_wait_behind_output_and_an_interrupt_hurries_it() -> None:
    async def play() -> None:
        one = Channels()
        one.flow.allow(RATE)
        one.flow.heard("iopub", MUCH, full=False)
        assert one.paused == {"iopub"}
        one.flow.heard("shell", 1, full=False)
        assert one.paused == {"iopub"}
        one.flow.make_room()
        assert one.paused == {"iopub"}
        one.flow.hurry()
        assert one.paused == set()
        one.flow.heard("iopub", 1, full=False)
        assert one.paused == set()

    asyncio.run(play())


def test_one_that_waited_goes_on_by_itself() -> None:
    async def play() -> None:
        one = Channels()
        one.flow.allow(1e8)
        one.flow.heard("iopub", MUCH, full=False)
        assert one.paused == {"iopub"}
        async with asyncio.timeout(10):
            while one.paused:
                await asyncio.sleep(0.005)

    asyncio.run(play())


def test_at_the_end_all_is_read_and_what_is_opened_anew_is_listened_to() -> None:
    one = Channels()
    one.flow.heard("iopub", 1, full=True)
    one.flow.end()
    assert one.paused == set()
    one.flow.heard("iopub", 1, full=True)
    one.paused.clear()
    one.flow.begin()
    # Nothing of before is left: the same is held once more.
    one.flow.heard("iopub", 1, full=True)
    assert one.paused == {"iopub", "shell", "stdin"}
