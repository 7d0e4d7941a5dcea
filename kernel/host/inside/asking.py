"""Answers to `input()`: each is taken once, and the kernel says that it has it.

Whoever sends an answer cannot know whether it arrived before a host was killed or a connection
broke, so it is sent again until the kernel has named it. The second of two would answer the next
question.

Private names of ipykernel: the socket for questions.
"""

from __future__ import annotations

import json
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import DELIM

from host.inside.seen import Seen

TAKEN = "tuningfork_answered"


def take_answers_once() -> None:
    """From now on."""
    kernel = IPKernelApp.instance().kernel
    questions = kernel.stdin_socket
    plain, taken = questions.recv_multipart, Seen()

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
