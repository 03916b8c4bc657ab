"""A modem line on a real serial port: a board wired to the host talks to the simulated modem.

    port = SerialPort(modem, "/dev/ttyUSB0", baud=115_200)
    port.close()

`modem.uart.on_rate = port.set_rate` lets `AT+IPR` change the device's rate.

The board's TX goes to the adapter's RX and the other way round; its power key, if it has one, may
be wired to the adapter's CTS input: low is pressed.
"""

from __future__ import annotations

import asyncio

import serial

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine

KEY_POLL_S = 0.02


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
        key_on_cts: bool = False,
    ) -> None:
        self.ended = asyncio.Event()
        self.path = device
        self._modem = modem
        self._serial = serial.Serial(device, baud, timeout=0, rtscts=rtscts, exclusive=True)
        self._line = DescriptorLine(self._serial.fileno(), modem, on_end=self.ended.set)
        self._line.open()
        self._key: asyncio.TimerHandle | None = None
        self._key_is_pressed = False
        if key_on_cts:
            self._poll_key()

    def set_rate(self, rate_bps: int) -> None:
        """The modem changed its rate: so does the device."""
        self._serial.baudrate = rate_bps

    def _poll_key(self) -> None:
        is_pressed = bool(self._serial.cts)
        if is_pressed != self._key_is_pressed:
            self._key_is_pressed = is_pressed
            if is_pressed:
                self._modem.press_power_key()
            else:
                self._modem.release_power_key()
        self._key = asyncio.get_running_loop().call_later(KEY_POLL_S, self._poll_key)

    def close(self) -> None:
        """Give the device back; closing twice is harmless."""
        if self._key is not None:
            self._key.cancel()
        self._line.close()
        self._serial.close()
