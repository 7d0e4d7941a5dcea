"""The beginning of Jupyter's kernel in a fork: the same as in an ordinary start, with less touched.

Python counts how often each object is referred to, inside the object; so to look at a thing that
the template loaded is to copy the page it is on. An ordinary start looks at every module and at
every option of every class. For a fork that was half of its time and half of its own memory, so
here those two are given to it as they were found out in the template.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from types import ModuleType
from typing import Any

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core import shellapp
from traitlets.config.loader import Config, DeferredConfigString

from host.fork.libraries import Traces

_FILE = "-f"


class _NoModules:
    """Python's `sys`, as if nothing were loaded."""

    modules: Mapping[str, ModuleType] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def begin_kernel(words: Sequence[str], traces: Traces) -> Any:
    """Jupyter's kernel, complete, and not running yet.

    Args:
        words: its command line, without the program.
    """
    # The template has made its log ready.
    app: Any = IPKernelApp.instance(log=traces.log)
    config = settings(words)
    if config is not None:
        app.parse_command_line = lambda _words=None: _settle(app, words, config)
    with _unseen(ipkernel, shellapp):
        app.initialize(list(words))
    _tell_modules(app, traces)
    return app


def settings(words: Sequence[str]) -> Config | None:
    """What Jupyter reads from a command line; None if there is more on it than we know.

    Its own reader first makes a list of the four hundred options that there are.
    """
    config = Config()
    rest = iter(words)
    for word in rest:
        name, equal, text = word.removeprefix("--").partition("=")
        kind, dot, trait = name.partition(".")
        if word == _FILE:
            config.IPKernelApp.connection_file = DeferredConfigString(next(rest))
        elif word.startswith("--") and equal and dot and kind[:1].isupper():
            config[kind][trait] = DeferredConfigString(text)
        else:
            return None
    return config


def _settle(app: Any, words: Sequence[str], config: Config) -> None:
    app.argv, app.extra_args = list(words), []
    app.cli_config = deepcopy(config)
    app.update_config(app.cli_config)


@contextmanager
def _unseen(*places: ModuleType) -> Iterator[None]:
    """Let these modules of Jupyter's see no others in `sys.modules`."""
    name = "sys"
    for place in places:
        setattr(place, name, _NoModules())
    try:
        yield
    finally:
        for place in places:
            setattr(place, name, sys)


def _tell_modules(app: Any, traces: Traces) -> None:
    """What they would have seen.

    The debugger steps over Jupyter's kernel. With every library on its list it takes a minute to
    stop, so the list is that of an ordinary start. `%reset aggressive` unloads what was loaded
    later than this: no library, since none can be loaded twice.
    """
    app.shell._sys_modules_keys = traces.names
    app.kernel._kernel_modules = traces.files
    if app.kernel.debugger:
        app.kernel.debugger.kernel_modules = traces.files
