"""A serial port behind an RFC 2217 server, as pyserial's own example of one: a board elsewhere.

    with PortServer() as server:
        serial.serial_for_url(server.url)
        server.port.dsr = True              # the board presses its power key
        server.type(b"AT\\r")               # the board sends
        server.heard                        # what came to the board

pyserial's `PortManager` speaks the protocol; the port itself is a stand-in without a device.
"""

from __future__ import annotations

import socket
import threading
import time

from serial.rfc2217 import PortManager

from nce_sim.ports.rfc2217 import LineSettings

POLL_S = 0.05


class PortServer:
    """One port, one client at a time."""

    def __init__(self):
        self.port = LineSettings()
        self.port.cts = self.port.dsr = False
        self.heard = bytearray()
        self._client = None
        self._manager = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self._is_open = True
        self._threads = [threading.Thread(target=run) for run in (self._serve, self._poll)]

    @property
    def url(self):
        return f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._is_open = False
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def hang_up(self):
        """The server ends."""
        self._is_open = False

    def type(self, data):
        self.write(b"".join(self._manager.escape(data)))

    def write(self, data):
        """Of `PortManager`, too: bytes of Telnet to the client."""
        if self._client is not None:
            self._client.sendall(data)

    def _serve(self):
        while self._is_open:
            try:
                self._client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self._client.settimeout(POLL_S)
            self._manager = PortManager(self.port, self)
            with self._client:
                self._read(self._client)
            self._client = None

    def _read(self, client):
        while self._is_open:
            try:
                data = client.recv(1024)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            self.heard += b"".join(self._manager.filter(data))

    def _poll(self):
        while self._is_open:
            if self._client is not None and self._manager is not None:
                self._manager.check_modem_lines()
            time.sleep(POLL_S)
