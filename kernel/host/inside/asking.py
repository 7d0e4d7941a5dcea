"""Answers to `input()`: each is taken once, and the kernel says that it has it.

Whoever sends an answer cannot know whether it arrived before a host was killed or a connection
broke, so it is sent again until the kernel has named it. The second of two would answer the next
question.

Private names of ipykernel: the socket for questions.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import DELIM

TAKEN = "tuningfork_answered"
_REMEMBERED = 2000


class Taken:
    """Names of the answers that came."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def is_new(self, name: str) -> bool:
        """Said once of each."""
        if name in self._names:
            return False
        self._names[name] = None
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
        return True


def take_answers_once() -> None:
    """From now on."""
    kernel = IPKernelApp.instance().kernel
    questions = kernel.stdin_socket
    plain, taken = questions.recv_multipart, Taken()

    def receive(*arguments: Any, **options: Any) -> Any:
        # ipykernel never waits here: where nothing is left, zmq says so by an error.
        while True:
            message = plain(*arguments, **options)
            name = _name_of(message)
            if name is None:
                return message
            if taken.is_new(name):
                _say(kernel, name)
                return message

    questions.recv_multipart = receive


def _name_of(message: list[Any]) -> str | None:
    """None: it is no message of Jupyter's, which is for whoever reads it to say."""
    parts = [bytes(getattr(part, "buffer", part)) for part in message]
    try:
        # Between the mark that an address ends and the header is the signature.
        return str(json.loads(parts[parts.index(DELIM) + 2])["msg_id"])
    except (ValueError, LookupError, TypeError):
        return None


def _say(kernel: Any, name: str) -> None:
    content = {"answer": name}
    kernel.session.send(kernel.iopub_socket, TAKEN, content, kernel.get_parent("shell"))
