"""A modem line on a real serial port: a board wired to the host talks to the simulated modem.

    port = SerialPort(modem, "/dev/ttyUSB0", baud=115_200, key_line="cts")
    port.close()

`modem.uart.on_rate = port.set_rate` lets `AT+IPR` change the device's rate.

The board's TX goes to the adapter's RX and the other way round; its power key, if it has one, may
be wired to an input of the adapter, CTS or DSR: low is pressed. That is also where RTS or DTR of
another computer arrive, over a null-modem cable. A port elsewhere: `remote_serial`.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import serial

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine

KEY_POLL_S = 0.02

# An input of the adapter that is the power key.
KeyLine = Literal["cts", "dsr"]


class PolledKey:
    """The power key of a modem at an input of a port, looked at 50 times a second."""

    def __init__(self, modem: ModemLine, port: Any, line: KeyLine) -> None:
        self._modem, self._port, self._line = modem, port, line
        self._is_pressed = False
        self._next: asyncio.TimerHandle | None = None
        self._poll()

    def close(self) -> None:
        """Look no more; closing twice is harmless."""
        if self._next is not None:
            self._next.cancel()

    def _poll(self) -> None:
        self._next = asyncio.get_running_loop().call_later(KEY_POLL_S, self._poll)
        try:
            is_pressed = bool(getattr(self._port, self._line))
        except OSError:
            return  # a remote port has not told its lines yet, or is gone, which its reader sees
        if is_pressed != self._is_pressed:
            self._is_pressed = is_pressed
            if is_pressed:
                self._modem.press_power_key()
            else:
                self._modem.release_power_key()


class SerialPort:
    """A modem joined to a serial device; to be made in a running loop.

    Raises OSError (pyserial's SerialException) when the device cannot be opened.
    """

    def __init__(
        self,
        modem: ModemLine,
        device: str,
        baud: int = 115_200,
        *,
        rtscts: bool = False,
        key_line: KeyLine | None = None,
        ended: asyncio.Event | None = None,
    ) -> None:
        self.ended = ended or asyncio.Event()
        self.path = device
        self._modem = modem
        self._serial = serial.Serial(device, baud, timeout=0, rtscts=rtscts, exclusive=True)
        self._line = DescriptorLine(self._serial.fileno(), modem, on_end=self.ended.set)
        self._line.open()
        self._key = None if key_line is None else PolledKey(modem, self._serial, key_line)

    def set_rate(self, rate_bps: int) -> None:
        """The modem changed its rate: so does the device."""
        self._serial.baudrate = rate_bps

    def close(self) -> None:
        """Give the device back; closing twice is harmless."""
        if self._key is not None:
            self._key.close()
        self._line.close()
        self._serial.close()
