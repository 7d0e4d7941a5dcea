"""One core is left to the rest of the machine: to the browser, the server, other kernels.

PyTorch takes all cores, and while its threads wait for each other they keep turning. With something
else to do on two cores, two such threads were 6 to 41 times slower than one (measured for the
course); threads that sleep while they wait were not.
"""

import os
import sys


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform.startswith("linux"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def settle_before_torch() -> None:
    """For PyTorch to read when it is loaded. What is set already stays as it is."""
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() - 1)))


def leave_a_core() -> None:
    """Where PyTorch was loaded before this package, and nobody has said how many threads it has."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, min(torch.get_num_threads(), cores() - 1)))
