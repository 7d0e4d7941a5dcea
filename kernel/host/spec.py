"""The kernelspec ``tuningfork``: how a kernel is started and what it finds in its environment."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from traitlets import default

from host import safe
from host.fork import provisioner, walled
from host.walls.environment import clean

NAME = "tuningfork"
_KERNEL_FOLDER = Path(__file__).resolve().parent.parent


class OneSpec(KernelSpecManager):
    """Finds no kernels but ours, whatever else is installed on the machine."""

    @default("kernel_dirs")
    def _only_ours(self) -> list[str]:
        return [self.user_kernel_dir]

    @default("ensure_native_kernel")
    def _no_native(self) -> bool:
        return False


def write_spec(specs: Path, models: Path | None = None) -> Path:
    """Write ``<specs>/tuningfork/kernel.json`` and return its path; beside it that of a safe start.

    Args:
        models: where walled kernels find models; None: there are no walls.
    """
    for name in (safe.NAME, NAME):
        folder = specs / name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "kernel.json"
        path.write_text(json.dumps(_spec(models), indent=1), encoding="utf-8")
    return path


def _spec(models: Path | None) -> dict[str, object]:
    launched_by = walled.NAME if models else provisioner.NAME
    return {
        "argv": [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--IPKernelApp.outstream_class=host.inside.stream.PacedStream",
            "--IPKernelApp.extra_extensions=host.inside.extension",
            "--HistoryManager.hist_file=:memory:",
        ],
        "display_name": "Tuning Fork",
        "language": "python",
        # A signal reaches C loops and sleeping calls; a message waits for the control thread.
        "interrupt_mode": "signal",
        "metadata": {
            "supported_encryption": ["curve"],
            "kernel_provisioner": {"provisioner_name": launched_by},
        },
        "env": _environment(models),
    }


def kernel_environment(models: Path | None = None) -> dict[str, str]:
    """Every variable of a kernel: the host's, and those of the kernelspec.

    Args:
        models: where walled kernels find models; None: there are no walls.
    """
    whole = {**os.environ, **_environment(models)}
    return clean(whole) if models else whole


def _environment(models: Path | None) -> dict[str, str]:
    """Variables of a kernel. Thread settings are read once, when the libraries load."""
    threads = str(max(1, _cores() - 1))
    return {
        "PYTHONPATH": str(_KERNEL_FOLDER),
        "PYTHONSAFEPATH": "1",
        "TUNINGFORK_APP": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # Without it the debugger's warning about frozen modules lands in the first cell's output.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # Waiting threads that spin made two kernels on two cores 25 times slower.
        "OMP_WAIT_POLICY": "PASSIVE",
        **({"HF_HUB_CACHE": str(models)} if models else {}),
        **{
            name: os.environ.get(name, threads)
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        },
    }


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
