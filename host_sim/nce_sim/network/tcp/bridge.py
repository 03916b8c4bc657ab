"""A bridge from the simulated internet to a real server of this computer.

    from nce_sim.network.tcp.streams import listener_for

    stack.listen(80, listener_for(bridge_to(("127.0.0.1", 8_080))))

Bytes pass both ways, and so do a half close, an end and a reset. The world must run in real time.
"""

from __future__ import annotations

import asyncio
import socket
import struct

from nce_sim.network.tcp.streams import Handler, pump

_CONNECT_LIMIT_S = 30.0
_LINGER_NOT = struct.pack("ii", 1, 0)  # closing then sends RST: the peer must not see an end


def bridge_to(real: tuple[str, int]) -> Handler:
    """A handler that joins its connection to a new one to (host, port)."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            opening = asyncio.open_connection(*real)
            real_reader, real_writer = await asyncio.wait_for(opening, _CONNECT_LIMIT_S)
        except OSError:  # TimeoutError is one
            writer.transport.abort()
            return
        tasks = [
            asyncio.ensure_future(pump(reader, real_writer)),
            asyncio.ensure_future(pump(real_reader, writer)),
        ]
        try:
            await asyncio.gather(*tasks)
        except OSError:
            # One side broke; the other must not take it for an end.
            writer.transport.abort()
            _break(real_writer)
        finally:
            for task in tasks:
                task.cancel()
            writer.close()
            real_writer.close()

    return handler


def _break(writer: asyncio.StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    if opened is not None:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
