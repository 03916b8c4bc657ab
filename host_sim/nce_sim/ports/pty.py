"""A modem line as a serial device of the machine, for pyserial, minicom or any other program.

The device stays while the modem restarts and while the host closes and opens it again.

    port = PtyPort(modem)
    print(port.path)                        # /dev/pts/7
    port.close()

With `on_rate=modem.uart.host_is_at` the rate that the host gives the device matters: another one
than the modem's makes gibberish.
"""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Callable

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine


class PtyPort:
    """A modem joined to a raw pseudo-terminal; to be made in a running loop."""

    def __init__(self, modem: ModemLine, on_rate: Callable[[int], None] | None = None) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        # The slave stays open here: without a holder the master would fail between two hosts.
        self._is_open = True
        self._line = self._joined(modem, on_rate)

    def join(self, modem: ModemLine) -> None:
        """Give the device another modem; the program that has it open notices no end."""
        if self._is_open:
            self._line.close()
            self._line = self._joined(modem, None)

    def _joined(self, modem: ModemLine, on_rate: Callable[[int], None] | None) -> DescriptorLine:
        line: ModemLine = modem if on_rate is None else _RatedLine(modem, self._slave, on_rate)
        joined = DescriptorLine(self._master, line)
        joined.open()
        return joined

    def close(self) -> None:
        """Take the device away; closing twice is harmless."""
        if self._is_open:
            self._is_open = False
            self._line.close()
            os.close(self._master)
            os.close(self._slave)


# The speeds of termios are codes; what they stand for is in their names.
RATES_BPS = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if name.startswith("B") and name[1:].isdigit() and name != "B0"
}


class _RatedLine:
    """A modem's line that tells the rate of the device before each exchange of bytes."""

    def __init__(self, modem: ModemLine, device: int, on_rate: Callable[[int], None]) -> None:
        self._modem = modem
        self._device = device
        self._on_rate = on_rate

    @property
    def send_to_host(self) -> Callable[[bytes], None]:
        """What takes the modem's bytes."""
        return self._modem.send_to_host

    @send_to_host.setter
    def send_to_host(self, send: Callable[[bytes], None]) -> None:
        self._modem.send_to_host = send

    def receive_from_host(self, data: bytes) -> None:
        """Take bytes from the host, who wrote them at the rate that the device has now."""
        rate_bps = RATES_BPS.get(termios.tcgetattr(self._device)[5])
        if rate_bps is not None:
            self._on_rate(rate_bps)
        self._modem.receive_from_host(data)

    def press_power_key(self) -> None:
        """PWRKEY goes low."""
        self._modem.press_power_key()

    def release_power_key(self) -> None:
        """PWRKEY goes high."""
        self._modem.release_power_key()
