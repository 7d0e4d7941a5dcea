"""Text that is no text: half of a pair ("\\ud83d" alone), which UTF-8 cannot say.

Python keeps such halves: they come out of cut emoji in data files. What says them to the page is
one place, the packer of Jupyter's session; there they are written out as `\\ud83d`, as Python
itself shows them. Jupyter's own packer loses the whole message, or sends bytes that nobody can
read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.jsonutil import json_clean

_HALVES = re.compile("[\ud800-\udfff]")


def write_halves_out() -> None:
    """From now on, in every message of this kernel."""
    session = IPKernelApp.instance().session
    session.pack = packer(session.pack)


def packer(plain: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """One that does what `plain` does, and can say every text."""

    def pack(message: Any) -> bytes:
        try:
            packed = plain(message)
            # Jupyter lets some halves pass as bytes of their own, which are no UTF-8.
            packed.decode()
        except UnicodeError:
            return plain(readable(json_clean(message)))
        return packed

    return pack


def readable(value: Any) -> Any:
    """The same with every half written out. For what JSON can hold."""
    if isinstance(value, str):
        return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
    if isinstance(value, dict):
        return {readable(name): readable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [readable(one) for one in value]
    return value
