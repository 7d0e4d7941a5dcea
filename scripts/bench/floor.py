"""`1+1` asked of a kernel of our own kernelspec over ZMQ: the floor under every other number.

Usage: ``python floor.py <empty folder> <runs>``. Prints the times from the request to the result
as a JSON list of milliseconds.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(folder: Path, runs: int) -> None:
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
    os.environ["IPYTHONDIR"] = str(folder)
    # Jupyter reads its environment when it is imported.
    from jupyter_client.manager import KernelManager

    from host.spec import NAME, OneSpec, write_spec

    start_as_jupyter_does(write_spec(folder))
    specs = OneSpec(kernel_dirs=[str(folder)])
    manager = KernelManager(kernel_name=NAME, kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        print(json.dumps([round_trip(client) for _ in range(runs)]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def start_as_jupyter_does(path: Path) -> None:
    """Our own way of starting belongs to the host, which is not here."""
    spec = json.loads(path.read_text(encoding="utf-8"))
    del spec["metadata"]["kernel_provisioner"]
    path.write_text(json.dumps(spec), encoding="utf-8")


def round_trip(client: object) -> float:
    """Milliseconds from the request to the result. Returns when the kernel is idle again."""
    from jupyter_client.blocking.client import BlockingKernelClient

    assert isinstance(client, BlockingKernelClient)
    begin = time.perf_counter()
    request = client.execute("1+1")
    took = float("nan")
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "execute_result":
            took = 1000 * (time.perf_counter() - begin)
        if message["content"].get("execution_state") == "idle":
            time.sleep(0.05)
            return took


main(Path(sys.argv[1]), int(sys.argv[2]))
