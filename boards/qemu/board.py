"""QEMU's mps2-an385, a Cortex-M3: the modem is on UART 1, and its power key on a line to the host.

board = Board()
reader, writer = await board.open_uart()
board.deep_sleep(60_000)    # the firmware starts again after it
"""

import asyncio

import machine
import qemu  # pyright: ignore[reportMissingImports] - of this port alone
from machine import UART

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

BAUDRATE = 115_200
RECEIVED_BYTES = 2048  # at most, until they are read
WATCHDOG_MS = 8_388  # as the RP2040's, whose is the shortest


class Board:
    """One modem's UART and power key, a watchdog, and sleep."""

    def __init__(self) -> None:
        self._watchdog: "Any" = None

    def power_key(self, pressed: bool) -> None:
        """Press (True) or release (False) the modem's PWRKEY."""
        qemu.power_key(pressed)

    async def open_uart(self) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer)."""
        uart = UART(1, BAUDRATE, rxbuf=RECEIVED_BYTES)
        reader: "Any" = asyncio.StreamReader
        writer: "Any" = asyncio.StreamWriter
        return reader(uart), writer(uart, {})

    def feed_watchdog(self) -> None:
        """Feed the watchdog; the first call starts it."""
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=WATCHDOG_MS)
        self._watchdog.feed()

    def restart(self) -> None:
        """Restart this board; it does not return."""
        machine.reset()

    def deep_sleep(self, milliseconds: int) -> None:
        """Sleep with nothing but the clock on; the firmware then starts from its beginning."""
        machine.deepsleep(milliseconds)

    def woke_from_deep_sleep(self) -> bool:
        """Whether this start is the end of a deep sleep."""
        return bool(machine.reset_cause() == machine.DEEPSLEEP_RESET)
