"""Questions of our own to a kernel, on its control channel, and their answers by their ids."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_client.session import Session

_LONGEST = 4 * 2**20
"""Bytes of an answer, less what comes along. It is taken apart while other kernels wait."""


class Questions:
    """Those that are not answered yet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.answered = 0
        """How many were."""

    async def ask(self, stream: Any, kind: str, content: dict[str, object]) -> dict[str, Any]:
        """What the kernel answered; `parts` are the bytes that came along."""
        asked = self._session.msg(kind, content)
        self._session.send(stream, asked)
        number = str(asked["header"]["msg_id"])
        self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            return await self._asked[number]
        finally:
            del self._asked[number]

    def settle(self, parent: bytes, parts: list[bytes]) -> None:
        """A message has come that may be an answer."""
        if b"tuningfork_re" not in parent:
            return
        waiting = self._asked.get(self._session.unpack(parent)["msg_id"])
        if waiting is None or waiting.done() or len(parts[3]) > _LONGEST:
            return
        said = self._session.unpack(parts[3])
        if "done" in said or "kept" in said:
            waiting.set_result({**said, "parts": parts[4:]})
            self.answered += 1
