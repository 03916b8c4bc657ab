"""A Raspberry Pi Pico: the modem is on UART 1 (GP4, GP5), its power key on GP14.

board = Board()
reader, writer = await board.open_uart()

The pin of the power key drives a transistor that pulls the modem's PWRKEY low: high presses it.
"""

import asyncio

from machine import UART, WDT, Pin, deepsleep, lightsleep, mem32, reset

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

LONGEST_WATCHDOG_MS = 8388  # its counter has 24 bits and counts twice a microsecond
LONGEST_SLEEP_MS = 3_600_000  # the timer that ends it has 32 bits of microseconds

# RP2040 datasheet, 4.7.6: a scratch register outlives every restart but the one of the supply.
WATCHDOG_CLEAR = 0x4005B000  # the control register; ones clear bits
WATCHDOG_ENABLE = 1 << 30
SCRATCH = 0x4005800C
SLEPT = 0x5EE9


class Board:
    """One modem's UART and power key, the watchdog, deep sleep and the LED."""

    baudrate = 115_200
    rtscts = False

    def __init__(self) -> None:
        self._key = Pin(14, Pin.OUT, value=0)
        self._led = Pin(25, Pin.OUT, value=0)
        self._watchdog: "WDT | None" = None
        self._has_slept = mem32[SCRATCH] == SLEPT
        mem32[SCRATCH] = 0

    def power_key(self, pressed: bool) -> None:
        """Press or release the modem's power key."""
        self._key.value(1 if pressed else 0)

    async def open_uart(self, baudrate: "int | None" = None) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer)."""
        uart = UART(1, baudrate or self.baudrate, tx=Pin(4), rx=Pin(5), rxbuf=2048)
        return asyncio.StreamReader(uart), asyncio.StreamWriter(uart, {})

    def feed_watchdog(self) -> None:
        """Put the restart off by eight seconds; the first call starts the watchdog."""
        if self._watchdog is None:
            self._watchdog = WDT(timeout=LONGEST_WATCHDOG_MS)
        self._watchdog.feed()

    def restart(self) -> None:
        """Restart the board."""
        reset()

    def deep_sleep(self, milliseconds: int) -> None:
        """Sleep, then restart: the program starts afresh. The watchdog is off meanwhile."""
        mem32[WATCHDOG_CLEAR] = WATCHDOG_ENABLE
        mem32[SCRATCH] = SLEPT
        while milliseconds > LONGEST_SLEEP_MS:
            lightsleep(LONGEST_SLEEP_MS)
            milliseconds -= LONGEST_SLEEP_MS
        deepsleep(milliseconds)

    def woke_from_deep_sleep(self) -> bool:
        """Whether the end of `deep_sleep` started this program."""
        return self._has_slept

    def led(self, is_on: bool) -> None:
        """The LED on the board."""
        self._led.value(1 if is_on else 0)
