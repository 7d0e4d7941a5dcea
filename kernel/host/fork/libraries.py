"""What is loaded before a kernel is asked for: by the template, and by what waits in the pool."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any

from host.fork.handlers import handlers_on

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
    "host.fork.beginning",
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


@dataclass
class Traces:
    """What loading leaves behind, and a kernel needs to know."""

    files: list[str]
    """Of every module that is loaded in an ordinary start."""
    variables: dict[str, str]
    """Environment variables that were set then."""
    log: logging.Logger
    """Of Jupyter's kernel."""
    names: frozenset[str] = frozenset()
    """Of every module that is loaded in the template."""
    handlers: list[logging.StreamHandler[Any]] = field(default_factory=list)
    """Of the libraries' logs, those that write to the template's standard error."""


def load_kernel() -> Traces:
    """Load the kernel.

    Raises:
        ImportError: without it there is nothing to fork.
    """
    before = set(os.environ)
    for name in KERNEL:
        importlib.import_module(name)
    variables = {name: os.environ[name] for name in set(os.environ) - before}
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return Traces([file for file in files if file], variables, _log_of_kernel())


def _log_of_kernel() -> logging.Logger:
    """Made as the first kernel in a process makes it, before libraries have logs of their own."""
    app: Any = importlib.import_module("ipykernel.kernelapp").IPKernelApp
    log: logging.Logger = app().log
    return log


def load_learning(traces: Traces) -> list[str]:
    """Load what there is; return what there is not, which a kernel will then miss when it asks."""
    missing = [name for name in (*FIRST_USE, *LEARNING, *_ours()) if not _load(name)]
    traces.names = frozenset(sys.modules)
    own = traces.log.handlers
    traces.handlers = [one for one in handlers_on(sys.stderr) if one not in own]
    return missing


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
