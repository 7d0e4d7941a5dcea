"""What the template has loaded before a kernel is asked for."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from dataclasses import dataclass
from types import ModuleType

#: Jupyter's kernel, and ours in it.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "zmq.utils.garbage",
    "host.inside.stream",
    "host.inside.extension",
)
#: What a kernel loads with its first error, completion, magic or picture.
FIRST_USE = (
    "IPython.core.guarded_eval",
    "IPython.core.latex_symbols",
    "IPython.core.magics.osm",
    "PIL.ImageFont",
    "PIL.PngImagePlugin",
    "executing",
    "jedi",
    "pexpect",
    "pygments.formatters.terminal256",
    "pygments.lexers.python",
    "stack_data",
)
#: What a lesson needs, the slowest first.
LEARNING = (
    "torch",
    "transformers",
    "accelerate",
    "peft",
    "safetensors.torch",
    "pyarrow.parquet",
    "optuna",
    "tuningfork.preload",
)


@dataclass(frozen=True)
class Traces:
    """What loading Jupyter's kernel leaves, as it does in an ordinary start."""

    modules: dict[str, ModuleType]
    """Every module that is loaded then."""
    variables: dict[str, str]
    """Environment variables that it set."""


def load_kernel() -> Traces:
    """Load the kernel.

    Raises:
        ImportError: without it there is nothing to fork.
    """
    before = set(os.environ)
    for name in KERNEL:
        importlib.import_module(name)
    variables = {name: os.environ[name] for name in set(os.environ) - before}
    return Traces(dict(sys.modules), variables)


def load_learning() -> list[str]:
    """Load what there is; return what there is not, which a kernel will then miss when it asks."""
    return [name for name in (*FIRST_USE, *LEARNING, *_ours()) if not _load(name)]


def _ours() -> list[str]:
    from tuningfork import MODULE_ORDER

    return [f"tuningfork.{name}" for name in MODULE_ORDER]


def _load(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        traceback.print_exc()
        return False
    return True
