"""In a kernel behind walls: a proxy on its own loopback that leads to the host's (host/outlet.py).

Programs know proxies by address and port only, and the host's is a socket in a folder.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading

from host.streams import join

PLACE = "TUNINGFORK_OUTLET"
_NAMES = ("HTTPS_PROXY", "https_proxy")


def open_outlet() -> None:
    """From now on, if the host offers one. Child processes find it as well."""
    place = os.environ.get(PLACE)
    if not place:
        return
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    os.environ.update(dict.fromkeys(_NAMES, address))
    run = threading.Thread(target=lambda: asyncio.run(_lead(listening, place)), daemon=True)
    run.name = "outlet"
    run.start()


async def _lead(listening: socket.socket, place: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(place)
        except OSError:
            # Between two hosts there is none: the program sees a connection that was closed.
            writer.close()
            return
        await join((reader, writer), there)

    async with await asyncio.start_server(serve, sock=listening) as server:
        await server.serve_forever()
