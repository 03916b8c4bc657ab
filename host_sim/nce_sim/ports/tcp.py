"""A modem line over raw TCP on the loopback interface, one host at a time.

port = await TcpPort.open(modem, tcp_port=0)
print(port.address)                     # ("127.0.0.1", 40123)
await port.close()
"""

from __future__ import annotations

import asyncio
import os
import socket

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine


class TcpPort:
    """A modem joined to the first host that connects; a second one is refused."""

    def __init__(self, modem: ModemLine, listener: socket.socket) -> None:
        self._modem = modem
        self._listener = listener
        self._host: socket.socket | None = None
        self._line: DescriptorLine | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listener.fileno(), self._accept)
        self._is_open = True
        name = listener.getsockname()
        self.address: tuple[str, int] = (name[0], name[1])

    @classmethod
    async def open(cls, modem: ModemLine, tcp_port: int = 0) -> TcpPort:
        """Listen on 127.0.0.1; port 0 takes any free one. OSError when it is taken."""
        listener = socket.create_server(("127.0.0.1", tcp_port))
        os.set_blocking(listener.fileno(), False)
        return cls(modem, listener)

    async def close(self) -> None:
        """Hang up and stop listening; closing twice is harmless."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self._hung_up()

    def _accept(self) -> None:
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        if self._host is not None:
            host.close()
            return
        self._host = host
        self._line = DescriptorLine(host.fileno(), self._modem, on_end=self._hung_up)
        self._line.open()

    def _hung_up(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._host is not None:
            self._host.close()
        self._line = self._host = None
