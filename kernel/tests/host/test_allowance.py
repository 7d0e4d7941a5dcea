"""A kernel that says a great deal waits now and then, so that others are served; nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from host.allowance import Allowance, rate_from
from host.settings import SettingRefusedError

from .conftest import Host
from .forking import run, running, start

MEGABYTE = 2**20


def test_a_good_deal_is_free_and_then_it_is_so_much_a_second() -> None:
    allowance = Allowance(rate=1e6, at_once=5e6)
    assert allowance.spend(4_000_000, now=100.0) == 0
    wait = allowance.spend(2_000_000, now=100.0)
    assert wait == pytest.approx(1.0, rel=0.01)
    assert allowance.spend(0, now=100.0 + 2 * wait) == 0
    # What was not said is not saved up without end.
    assert allowance.spend(7_000_000, now=10_000.0) == pytest.approx(2.0, rel=0.01)
    allowance.renew()
    assert allowance.spend(4_000_000, now=10_000.0) == 0


def test_small_messages_are_work_as_well() -> None:
    allowance = Allowance(rate=1e6, at_once=1e6)
    assert max(allowance.spend(10, now=0.0) for _ in range(1000)) > 1


def test_alone_there_is_no_limit_and_a_class_has_one() -> None:
    assert rate_from({}) is None
    assert rate_from({"TUNINGFORK_CLASS": "1"}) == MEGABYTE / 2
    assert rate_from({"TUNINGFORK_CLASS": "1", "TUNINGFORK_OUTPUT_MB_S": "0"}) is None
    assert rate_from({"TUNINGFORK_OUTPUT_MB_S": "3"}) == 3 * MEGABYTE
    for nonsense in ("much", "-1", "nan", "inf"):
        with pytest.raises(SettingRefusedError, match=f"{nonsense} is not a number"):
            rate_from({"TUNINGFORK_OUTPUT_MB_S": nonsense})


@pytest.mark.timeout(120)
def test_a_flood_is_slowed_and_arrives_whole() -> None:
    with running({"TUNINGFORK_OUTPUT_MB_S": "2", "TUNINGFORK_FORK": "0"}) as host:
        channel = host.open(start(host))
        line = "x" * 1023 + "\n"
        begin = time.monotonic()
        text = run(channel, f"for _ in range(12 * 1024): print({line[:-1]!r})")
        # Eight at once, and four more by twos.
        assert time.monotonic() - begin > 1.5
        assert text == line * 12 * 1024


@pytest.mark.timeout(120)
def test_an_interrupt_does_not_wait_for_what_was_said_before() -> None:
    # What the kernel holds back would take minutes at this pace.
    with running({"TUNINGFORK_OUTPUT_MB_S": "0.05", "TUNINGFORK_FORK": "0"}) as host:
        kernel = start(host)
        channel = host.open(kernel)
        request = channel.execute("while True: print('x' * 1023)")
        channel.until(lambda m: m["type"] == "stream")
        # By then it has said all that is free, and waits.
        time.sleep(2)
        host.ask("POST", f"/api/kernels/{kernel}/interrupt")
        errors = [m["content"]["ename"] for m in channel.idle(request) if m["type"] == "error"]
        assert errors == ["KeyboardInterrupt"]


def test_a_setting_that_is_nonsense_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="TUNINGFORK_OUTPUT_MB_S=lots is not a number"):
        Host(tmp_path / "run", env={"TUNINGFORK_OUTPUT_MB_S": "lots"})
