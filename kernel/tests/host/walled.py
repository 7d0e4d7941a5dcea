"""One kernel behind walls, and one without, spoken to over Jupyter's client. Run as a program."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from host.fork.port import NoStarter
from host.fork.walled import NAME, register, settle
from host.walls.room import Limits, Room

TRAINING = """
import torch
torch.manual_seed(0)
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
inputs = torch.randn(64, 4)
targets = inputs.sum(1, keepdim=True)
batches = torch.utils.data.DataLoader(list(zip(inputs, targets)), batch_size=16, num_workers=1)
for epoch in range(3):
    for x, y in batches:
        loss = torch.nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
print(loss.item() < 2)
"""

PROGRAMS = """
import asyncio, multiprocessing, os, socket, sys
import psutil, zmq
kinds = []
for kind in ("fork", "spawn", "forkserver"):
    with multiprocessing.get_context(kind).Pool(1) as pool:
        kinds.append(pool.apply(abs, (-3,)))
async def answer():
    program = await asyncio.create_subprocess_exec("sh", "-c", "echo ok", stdout=-1)
    return (await program.communicate())[0].decode().strip()
said = await answer()
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
# ZeroMQ looks for a network device of that name.
zmq.Context.instance().socket(zmq.ROUTER).bind_to_random_port("tcp://127.0.0.1")
os.environ["TOKENIZERS_PARALLELISM"] = "true"
from tokenizers import Tokenizer, models
words = len(Tokenizer(models.WordLevel({"a": 0}, "a")).encode_batch(["a"] * 100))
print(kinds, said, words, psutil.Process().num_threads() > 0)
"""


class Kernel:
    """A kernel and its client."""

    def __init__(self, folder: Path, walls: bool, **spec: Any) -> None:
        self.manager = AsyncKernelManager()
        provisioner = {"kernel_provisioner": {"provisioner_name": NAME}} if walls else {}
        self.manager._kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            metadata=provisioner,
            **spec,
        )
        room = Room(folder / "home", folder / "run", limits=Limits(processes=100))
        settle(self.manager, room, NoStarter("off", "walls only"))

    async def start(self) -> float:
        """Seconds until it answers."""
        began = time.monotonic()
        await self.manager.start_kernel(stdout=subprocess.DEVNULL, stderr=sys.stderr)
        self.client: Any = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=60)
        return time.monotonic() - began

    async def run(self, code: str, timeout: float = 60) -> str:
        """What it printed, or the name of the error."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("ename") or "")

        await self.client.execute_interactive(code, output_hook=hear, timeout=timeout)
        return "".join(said).strip()

    async def interrupt(self, code: str) -> tuple[str, float]:
        """Run something endless, interrupt it; its error, and the seconds that took."""
        running = asyncio.create_task(self.run(code))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await self.manager.interrupt_kernel()
        return await running, time.monotonic() - began

    async def end(self) -> None:
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=True)


async def _scenario(folder: Path) -> dict[str, Any]:
    kernel = Kernel(folder, walls=True)
    facts: dict[str, Any] = {"ready_s": await kernel.start()}
    inside = psutil.Process(kernel.manager.provisioner.pid)
    facts["answer"] = await kernel.run("print(1+1)")
    facts["sees"] = await kernel.run(
        "import os; print(sorted(os.listdir('/')), sorted(os.listdir(os.path.expanduser('~'))), os.getcwd())"
    )
    facts["environment"] = await kernel.run("print(*sorted(os.environ))")
    facts["trained"] = await kernel.run(TRAINING)
    facts["programs"] = await kernel.run(PROGRAMS)
    for what, code in (("loop", "while True: pass"), ("sleep", "import time; time.sleep(60)")):
        facts[what] = await kernel.interrupt(code)
    kernel.manager.kernel_spec.interrupt_mode = "message"
    facts["message"] = await kernel.interrupt("while True: pass")
    facts["kept"] = await kernel.run("print(epoch)")
    facts["written"] = await kernel.run("open('kept.txt', 'w').write('x'); print('ok')")
    facts["in_home"] = (folder / "home" / "kept.txt").read_text()
    await kernel.manager.restart_kernel(now=True)
    await kernel.client.wait_for_ready(timeout=60)
    facts["restarted"] = [inside.is_running(), await kernel.run("print('epoch' in dir())")]
    facts["killed"] = await _killed(kernel)
    return facts


async def _killed(kernel: Kernel) -> dict[str, Any]:
    """A daemon that the learner's code left ends with the kernel."""
    code = "import subprocess; subprocess.Popen(['sleep', '500'], start_new_session=True)"
    await kernel.run(code)
    provisioner = kernel.manager.provisioner
    first = psutil.Process(provisioner.sandbox.first)
    within = [first, *first.children(recursive=True)]
    os.kill(provisioner.pid, signal.SIGKILL)
    while await kernel.manager.is_alive():
        await asyncio.sleep(0.01)
    # What `HostKernel` does when it notices.
    provisioner.end_room()
    began = time.monotonic()
    while await kernel.manager.is_alive() or any(map(_lives, within)):
        await asyncio.sleep(0.01)
        if time.monotonic() - began > 10:
            break
    code_told = await kernel.manager.provisioner.poll()
    left = sum(map(_lives, within))
    kernel.client.stop_channels()
    return {"code": code_told, "left": left, "were": len(within)}


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def main() -> None:
    register()
    print(json.dumps(asyncio.run(_scenario(Path(sys.argv[1])))))


if __name__ == "__main__":
    main()
