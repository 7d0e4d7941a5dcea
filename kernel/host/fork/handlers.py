"""Log handlers that libraries made while the template loaded them, and where those write.

A library that is loaded in a kernel finds the kernel's standard error and keeps it, so its warnings
appear below the cell. Loaded in the template, it has kept the template's.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO


def handlers_on(stream: TextIO | None) -> list[logging.StreamHandler[Any]]:
    """Every handler of every logger that writes to `stream`."""
    return [
        handler
        for logger in (logging.getLogger(), *logging.Logger.manager.loggerDict.values())
        if isinstance(logger, logging.Logger)
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is stream
    ]


def move_to_cells(handlers: list[logging.StreamHandler[Any]]) -> None:
    """Let them write where a cell's errors go."""
    for handler in handlers:
        handler.setStream(sys.stderr)
