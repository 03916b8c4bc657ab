"""A modem line on a serial port across the network, for a board that is elsewhere.

    port = await RemoteSerialPort.open(modem, "rfc2217://192.0.2.7:2217", baud=115_200)
    await port.ended.wait()                 # the other end hung up
    await port.close()

Any URL of pyserial's `serial_for_url`. No loop can watch such a port: one thread reads, another
writes; the modem itself stays in the loop.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import serial

from nce_sim.ports.serial_device import KeyLine, PolledKey
from nce_sim.wire.line import ModemLine

READ_S = 0.1
OPEN_S = 15.0
CLOSE_S = 10.0
# Output that waits for the network; more is lost, as on a UART.
MOST_WAITING = 256


class RemoteSerialPort:
    """A modem joined to a remote serial port; made by `open`."""

    def __init__(
        self,
        modem: ModemLine,
        port: Any,
        url: str,
        key_line: KeyLine | None,
        ended: asyncio.Event | None,
    ) -> None:
        self.ended = ended or asyncio.Event()
        self.path = url
        self.bytes_lost = 0
        self._modem = modem
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._waiting = 0
        self._writing = ThreadPoolExecutor(1)
        modem.send_to_host = self._send
        # A daemon: a program that ends without closing the port still ends.
        self._reading = Thread(target=self._read_on, daemon=True)
        self._reading.start()
        self._key = None if key_line is None else PolledKey(modem, port, key_line)

    @classmethod
    async def open(
        cls,
        modem: ModemLine,
        url: str,
        baud: int = 115_200,
        *,
        key_line: KeyLine | None = None,
        ended: asyncio.Event | None = None,
    ) -> RemoteSerialPort:
        """Open the port; OSError when nothing answers there, ValueError for a wrong URL."""
        port = serial.serial_for_url(url, baud, do_not_open=True)
        port.timeout = READ_S
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.run_in_executor(None, port.open), OPEN_S)
        return cls(modem, port, url, key_line, ended)

    def set_rate(self, rate_bps: int) -> None:
        """The modem changed its rate: so does the port, once what was said before is out."""
        if self._is_open:
            self._writing.submit(self._do, lambda: setattr(self._port, "baudrate", rate_bps))

    async def close(self) -> None:
        """Hang up; closing twice is harmless."""
        if not self._is_open:
            return
        self._is_open = False
        if self._key is not None:
            self._key.close()
        await asyncio.wait_for(self._loop.run_in_executor(None, self._let_go), CLOSE_S)

    def _let_go(self) -> None:
        self._writing.shutdown()
        self._reading.join()
        # pyserial 3.5 leaves its socket open when the other end hung up first.
        line = getattr(self._port, "_socket", None)
        self._port.close()
        if line is not None:
            line.close()

    def _send(self, data: bytes) -> None:
        if not self._is_open or self._waiting >= MOST_WAITING:
            self.bytes_lost += len(data)
            return
        self._waiting += 1
        self._writing.submit(self._do, lambda: self._write(data))

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        finally:
            self._tell(self._written)

    def _written(self) -> None:
        self._waiting -= 1

    def _do(self, action: Any) -> None:
        try:
            action()
        except OSError:  # pyserial's errors are OSErrors
            self._tell(self.ended.set)

    def _read_on(self) -> None:
        try:
            while self._is_open:
                data = self._port.read(1)
                if data:
                    data += self._port.read(self._port.in_waiting)
                    self._tell(self._modem.receive_from_host, data)
        except OSError:
            self._tell(self.ended.set)

    def _tell(self, call: Any, *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)
