"""Two connections joined to one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_PIECE = 64 * 1024


async def join(
    one: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    other: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Pass everything on, both ways, until both have ended or one breaks; then close both."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_pass_on(one[0], other[1]))
            tasks.create_task(_pass_on(other[0], one[1]))
    except* OSError:
        # One side has gone; there is nobody to tell but the other one, by closing.
        pass
    finally:
        for _, writer in (one, other):
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE):
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
