"""A board of MicroPython's: the modem is on a UART, and the pins are data.

    class Board(PinBoard):
        def __init__(self) -> None:
            PinBoard.__init__(self, uart=1, tx=27, rx=26, power_key=(4, 1), dtr=(25, 0))

A line is `(pin, level)`. The level is that of the MCU's pin; the modem's may be the opposite one,
behind a transistor. boards/README.md lists what a board offers.
"""

import asyncio

from nce_modem.errors import LineClosed
from nce_modem.mcu import deep_sleep, output, woke_from_deep_sleep

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

    Line = tuple[Any, int]

# The RP2040 counts to 8.3 s; the firmware feeds every two.
WATCHDOG_MS = 8000
# From a supply that was switched on to the first press of the key.
SETTLE_S = 0.1
RX_BYTES = 2048


class PinBoard:
    """See above. What a board lacks is None (`power_key`), or no attribute of it (the others).

    uart: number; tx, rx, rts, cts: pins, None for those that the port chooses.
    power_key: level when pressed. A modem without such a key may have its reset line here.
    reset: level while the modem is held in reset; it is only kept released.
    supply: level that switches the modem's supply on, which `prepare` does.
    dtr: level that keeps the modem awake.
    led, button, buzzer: level when lit, pressed, sounding.
    """

    def __init__(
        self,
        uart: int,
        tx: "Any" = None,
        rx: "Any" = None,
        rts: "Any" = None,
        cts: "Any" = None,
        baudrate: int = 115_200,
        power_key: "Line | None" = None,
        reset: "Line | None" = None,
        supply: "Line | None" = None,
        dtr: "Line | None" = None,
        led: "Line | None" = None,
        button: "Line | None" = None,
        buzzer: "Line | None" = None,
    ) -> None:
        self._did_wake = woke_from_deep_sleep()
        self._uart = uart
        self._pins = {"tx": tx, "rx": rx, "rts": rts, "cts": cts}
        self.baudrate = baudrate
        self.rtscts = rts is not None and cts is not None
        self._supply = supply
        self._is_prepared = False
        self._watchdog: "Any" = None
        self._outputs: "list[Any]" = []  # deep sleep keeps their levels
        self.power_key = self._switch(power_key, False)
        self._switch(reset, False)
        self._switch(dtr, True)
        led_switch = self._switch(led, False)
        if led_switch is not None:
            self.led = led_switch
        buzzer_switch = self._switch(buzzer, False)
        if buzzer_switch is not None:
            self.buzzer = buzzer_switch
        if button is not None:
            self._listen(button)

    def _switch(self, line: "Line | None", is_on: bool) -> "Any":
        """A callable that switches the line; None where there is none."""
        if line is None:
            return None
        number, on_level = line
        pin = output(number, on_level if is_on else 1 - on_level)
        self._outputs.append(pin)

        def switch(is_on: bool) -> None:
            pin.value(on_level if is_on else 1 - on_level)

        return switch

    def _listen(self, line: "Line") -> None:
        import machine

        pin_class: "Any" = machine.Pin
        number, pressed_level = line
        pull = pin_class.PULL_DOWN if pressed_level else pin_class.PULL_UP
        pin = pin_class(number, pin_class.IN, pull)

        def button() -> bool:
            return bool(pin.value() == pressed_level)

        self.button = button

    async def prepare(self) -> None:
        """Switch on what the modem and its line need, once; a board with a power chip adds it."""
        if self._supply is not None:
            number, on_level = self._supply
            # Not before: a supply that outlived a deep sleep must not drop.
            self._outputs.append(output(number, on_level))
            await asyncio.sleep(SETTLE_S)

    async def open_uart(self, baudrate: "int | None" = None) -> "tuple[Any, Any]":
        """The line to the modem, as an asyncio (reader, writer); raises `LineClosed`.

        baudrate: another rate than the board's.
        """
        import machine

        if not self._is_prepared:
            await self.prepare()
            self._is_prepared = True
        port: "Any" = machine
        rate_bps = baudrate or self.baudrate
        options: "dict[str, Any]" = {"rxbuf": RX_BYTES}
        for name, number in self._pins.items():
            if number is not None:
                options[name] = port.Pin(number)
        if self.rtscts:
            options["flow"] = port.UART.RTS | port.UART.CTS
        try:
            uart = port.UART(self._uart, rate_bps, **options)
        except (OSError, ValueError) as error:
            raise LineClosed(
                "UART %r with the pins %r does not open at %r bit/s: %s; compare them with the "
                "table of your MCU's UARTs" % (self._uart, self._pins, rate_bps, error)
            )
        reader: "Any" = asyncio.StreamReader(uart)
        return reader, asyncio.StreamWriter(uart, {})  # type: ignore[call-arg,arg-type,unused-ignore]

    def feed_watchdog(self) -> None:
        """Begin the watchdog with the first call; without a call for 8 s it restarts the MCU."""
        if self._watchdog is None:
            import machine

            port: "Any" = machine
            self._watchdog = port.WDT(timeout=WATCHDOG_MS)
        self._watchdog.feed()

    def restart(self) -> None:
        """Restart the MCU."""
        import machine

        port: "Any" = machine
        port.reset()

    def deep_sleep(self, milliseconds: int) -> None:
        """Sleep, the outputs as they are and the key released; then the program starts afresh."""
        for switch in (self.power_key, getattr(self, "led", None), getattr(self, "buzzer", None)):
            if switch is not None:
                switch(False)
        deep_sleep(milliseconds, self._outputs)

    def woke_from_deep_sleep(self) -> bool:
        """Whether this start of the program is the end of a `deep_sleep`."""
        return self._did_wake
