"""A restart that was asked for is told as nothing else, however slow the machine is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from host.kernel import HostKernel

from .conftest import Host
from .forking import model, running

pytestmark = pytest.mark.timeout(120)

#: A host that takes its time. The first restart waits until another is asked for; where that is one
#: of its own, it goes on when the process of the first answers.
SLOW = """
import asyncio, sys
from host.kernel import HostKernel
from host.kernels import HostKernels
asked, ending = [], []
restart, request = HostKernels.restart_kernel, HostKernel._async_request_shutdown
async def counted(self, *arguments, **options):
    asked.append(1)
    await restart(self, *arguments, **options)
async def slow(self, restart=False):
    ending.append(1)
    if not restart:
        pass
    elif len(ending) == 1:
        while len(asked) < 2: await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
    else:
        old = self.provisioner.pid
        while self.provisioner.pid in (old, None): await asyncio.sleep(0.01)
        await self.recorder.ready(30)
    await request(self, restart=restart)
HostKernels.restart_kernel, HostKernel._async_request_shutdown = counted, slow
from host.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def slow() -> Iterator[Host]:
    with running({"TUNINGFORK_FORK": "0"}, program=("-c", SLOW)) as host:
        yield host


def test_a_restart_asked_for_twice_is_one_and_no_death(slow: Host) -> None:
    kernel = slow.start_kernel(slow.runtime.parent / "work")
    channel = slow.open(kernel)
    before = model(slow, kernel)["pid"]
    answers: list[int] = []

    def restart() -> None:
        answers.append(slow.ask("POST", f"/api/kernels/{kernel}/restart")[0])

    # The answer to the first was lost on its way: whoever asked asks again.
    asking = [threading.Thread(target=restart) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert answers == [200, 200]
    after = model(slow, kernel)["pid"]
    assert after != before
    request = channel.execute("import os; print(os.getpid())")
    heard = channel.idle(request)
    assert [m["type"] for m in heard if m["type"] == "tuningfork_died"] == []
    said = [m["content"]["text"] for m in heard if m["type"] == "stream"]
    assert said == [f"{after}\n"]


def test_a_kernel_that_was_restarted_meanwhile_is_not_put_away() -> None:
    """Both have to wait for each other; whoever comes second looks again."""

    async def both() -> tuple[bool, bool]:
        kernel: Any = SimpleNamespace(changing=asyncio.Lock(), provisioner=SimpleNamespace(pid=1))
        await kernel.changing.acquire()
        putting = asyncio.create_task(HostKernel.put_away(kernel, 1))
        await asyncio.sleep(0)
        waits = not putting.done()
        kernel.provisioner.pid = 2
        kernel.changing.release()
        return waits, await putting

    assert asyncio.run(both()) == (True, False)
