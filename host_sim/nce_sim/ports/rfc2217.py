"""A modem line as a remote serial port: Telnet with COM port control, RFC 2217.

    port = await Rfc2217Port.open(modem, tcp_port=0)
    serial.serial_for_url(f"rfc2217://127.0.0.1:{port.address[1]}", baudrate=115_200)
    await port.close()

pyserial's `PortManager` speaks the protocol; what it sets is kept in `port.settings`. DTR is the
power key, if asked to be, and with `port.settings.on_rate` the rate matters.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any

import serial
from serial.rfc2217 import PortManager

from nce_sim.ports.descriptor import WRITE_LIMIT
from nce_sim.wire.line import ModemLine

MODEM_STATE_POLL_S = 0.5


class LineSettings:
    """What a remote host may set on the line; stands in for a `serial.Serial`."""

    def __init__(self) -> None:
        self.on_rate: Callable[[int], None] | None = None
        self._baudrate = 115_200
        self.bytesize = serial.EIGHTBITS
        self.parity = serial.PARITY_NONE
        self.stopbits = serial.STOPBITS_ONE
        self.xonxoff = self.rtscts = False
        self.rts = True
        self.break_condition = False
        self.cts = self.dsr = self.cd = True
        self.ri = False
        self.on_dtr: Callable[[bool], None] | None = None
        self._dtr = True

    @property
    def baudrate(self) -> int:
        """The rate that the host has set, in bits a second."""
        return self._baudrate

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self._baudrate = value
        if self.on_rate is not None:
            self.on_rate(value)

    @property
    def dtr(self) -> bool:
        """Data terminal ready, as the host has it."""
        return self._dtr

    @dtr.setter
    def dtr(self, value: bool) -> None:
        if value != self._dtr and self.on_dtr is not None:
            self.on_dtr(value)
        self._dtr = value

    def reset_input_buffer(self) -> None:
        """Nothing is buffered here."""

    def reset_output_buffer(self) -> None:
        """Nothing is buffered here."""


class Rfc2217Port:
    """A modem joined to one remote host at a time; a second one is refused."""

    def __init__(
        self, modem: ModemLine, listener: socket.socket, *, dtr_is_power_key: bool = False
    ) -> None:
        self.settings = LineSettings()
        self.bytes_lost = 0
        if dtr_is_power_key:
            self.settings.on_dtr = self._dtr_moved
        self._modem = modem
        self._listener = listener
        self._host: socket.socket | None = None
        self._manager: Any = None
        self._pending = bytearray()
        self._poll: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listener.fileno(), self._accept)
        self._is_open = True
        name = listener.getsockname()
        self.address: tuple[str, int] = (name[0], name[1])

    @classmethod
    async def open(
        cls, modem: ModemLine, tcp_port: int = 0, *, dtr_is_power_key: bool = False
    ) -> Rfc2217Port:
        """Listen on 127.0.0.1; port 0 takes any free one. OSError when it is taken."""
        listener = socket.create_server(("127.0.0.1", tcp_port))
        os.set_blocking(listener.fileno(), False)
        return cls(modem, listener, dtr_is_power_key=dtr_is_power_key)

    async def close(self) -> None:
        """Hang up and stop listening; closing twice is harmless."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self._hang_up()

    # -- what PortManager calls ------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send Telnet bytes to the host, in order; too many are lost."""
        if self._host is None:
            return
        room = max(0, WRITE_LIMIT - len(self._pending))
        self.bytes_lost += max(0, len(data) - room)
        was_idle = not self._pending
        self._pending += data[:room]
        if was_idle:
            self._flush()

    # -- inside ----------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        if self._host is not None:
            host.close()
            return
        host.setblocking(False)
        self._host = host
        self._manager = PortManager(self.settings, self)
        self._modem.send_to_host = self._send
        self._loop.add_reader(host.fileno(), self._readable)
        self._poll_modem_state()

    def _poll_modem_state(self) -> None:
        self._manager.check_modem_lines()
        self._poll = self._loop.call_later(MODEM_STATE_POLL_S, self._poll_modem_state)

    def _readable(self) -> None:
        assert self._host is not None
        try:
            data = self._host.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        plain = b"".join(self._manager.filter(data))
        if plain:
            self._modem.receive_from_host(plain)

    def _send(self, data: bytes) -> None:
        if self._manager is not None:
            self.write(b"".join(self._manager.escape(data)))

    def _flush(self) -> None:
        if self._host is None:
            return
        try:
            count = self._host.send(self._pending)
            del self._pending[:count]
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up()
            return
        if self._pending:
            self._loop.add_writer(self._host.fileno(), self._flush)
        else:
            self._loop.remove_writer(self._host.fileno())

    def _dtr_moved(self, is_on: bool) -> None:
        if is_on:
            self._modem.release_power_key()
        else:
            self._modem.press_power_key()

    def _hang_up(self) -> None:
        host, self._host = self._host, None
        self._manager = None
        self._pending.clear()
        if self._poll is not None:
            self._poll.cancel()
        if host is not None:
            self._loop.remove_reader(host.fileno())
            self._loop.remove_writer(host.fileno())
            host.close()
