"""Environment variables that are read while Python and the libraries load.

A fork gets its own environment, but these have had their effect in the template already. A kernel
that wants another value of one of them cannot be forked.
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = ("HOME", "LANG", "LANGUAGE", "NO_COLOR", "TERM")
_PREFIXES = (
    *("ACCELERATE_", "ARROW_", "CUDA_", "CUBLAS_", "DYLD_", "GOMP_", "HF_", "HUGGINGFACE_"),
    *("IPYTHON", "JUPYTER_", "KMP_", "LC_", "LD_", "MALLOC_", "MKL_", "MPL", "NUMPY_", "NVIDIA_"),
    *("NPY_", "OMP_", "ONEDNN_", "OPENBLAS_", "PEFT_", "PYDEVD_", "PYTHON", "PYTORCH_", "TORCH"),
    *("TQDM_", "TRANSFORMERS_", "USE_", "XDG_"),
)
#: The template's own: with these it loads without a second thread and without a driver.
QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}


def differing(wanted: Mapping[str, str], loaded: Mapping[str, str]) -> list[str]:
    """Names of the variables that matter while loading and are not the same in both."""
    return [
        name
        for name in sorted({*wanted, *loaded})
        if _matters(name) and wanted.get(name) != loaded.get(name)
    ]


def _matters(name: str) -> bool:
    return name in _NAMES or name.startswith(_PREFIXES)
