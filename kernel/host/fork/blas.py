"""Numbers of threads, for libraries that read them when they were loaded.

NumPy's OpenBLAS starts its threads while it is loaded, so the template loads it with one. PyTorch's
OpenMP starts none before it computes and has the number of the template's environment, which is
the kernel's as well.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from pathlib import Path

_SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads",
)


def use_threads(environment: Mapping[str, str]) -> None:
    """Use as many threads as the kernel's variables say."""
    _set_torch(_number(environment, "OMP_NUM_THREADS"))
    _set_openblas(_number(environment, "OPENBLAS_NUM_THREADS"))


def _set_torch(threads: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None and threads and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


def _set_openblas(threads: int) -> None:
    if threads < 2:
        return
    for path in _loaded("openblas"):
        library = ctypes.CDLL(path)
        setter = next((name for name in _SETTERS if hasattr(library, name)), None)
        if setter:
            getattr(library, setter)(threads)


def _loaded(word: str) -> set[str]:
    """Files of the libraries in this process with `word` in their name."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    paths = {line.split(maxsplit=5)[5] for line in lines if "/" in line}
    return {path for path in paths if word in Path(path).name and ".so" in path}


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "").partition(",")[0].strip()
    return int(text) if text.isdigit() else 0
