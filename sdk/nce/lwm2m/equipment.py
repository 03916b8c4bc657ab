"""The device itself (object 3): who made it, what runs on it, its battery, its errors, its clock.

    Equipment("1NCE", "blueprint", serial=iccid, firmware_version="1.2.0",
              reboot=board.restart, battery=read_battery)

`battery` is a coroutine function that returns (percent, millivolts), None for what is not known.
`reboot` and `factory_reset` are called a moment after their execution: its answer goes first.
"""

import asyncio
import gc

from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.device import DEFINITION

if 1 - 1:
    from nce.seams import Any, Awaitable, Callable

MANUFACTURER = 0
MODEL = 1
SERIAL = 2
FIRMWARE_VERSION = 3
REBOOT = 4
FACTORY_RESET = 5
POWER_SOURCES = 6
VOLTAGES = 7
BATTERY_LEVEL = 9
MEMORY_FREE = 10
ERRORS = 11
RESET_ERRORS = 12
CURRENT_TIME = 13
UTC_OFFSET = 14
TIME_ZONE = 15
BINDING = 16
DEVICE_TYPE = 17
HARDWARE_VERSION = 18
SOFTWARE_VERSION = 19
BATTERY_STATUS = 20
MEMORY_TOTAL = 21

INTERNAL_BATTERY = 1
NO_ERROR = 0
LOW_BATTERY = 1
LOW_PERCENT = 15  # below it the battery is low [U]
AFTER_ANSWER_MS = 3_000  # until a restart: the answer, and what else waits, leaves first [U]
_NORMAL = 0
_LOW = 4
_UNKNOWN = 6


class Equipment(Instance):
    """The one instance. What is "" or None is left out."""

    def __init__(
        self,
        manufacturer: str = "",
        model: str = "",
        serial: str = "",
        firmware_version: str = "",
        hardware_version: str = "",
        software_version: str = "",
        device_type: str = "",
        binding: str = "UQ",
        reboot: "Callable[[], object] | None" = None,
        factory_reset: "Callable[[], object] | None" = None,
        battery: "Callable[[], Awaitable[tuple[int | None, int | None]]] | None" = None,
        set_clock: "Callable[[int], object] | None" = None,
    ) -> None:
        self._battery = battery
        self.needs_radio = battery is not None
        self._set_clock = set_clock
        self._ahead_s = 0  # of the board's clock, where nobody sets that
        values: "dict[int, Any]" = {
            ERRORS: {0: NO_ERROR},
            RESET_ERRORS: self._reset_errors,
            CURRENT_TIME: self._now_s,
            UTC_OFFSET: "+00:00",
            TIME_ZONE: "UTC",
            BINDING: binding,
        }
        for number, text in (
            (MANUFACTURER, manufacturer),
            (MODEL, model),
            (SERIAL, serial),
            (FIRMWARE_VERSION, firmware_version),
            (DEVICE_TYPE, device_type),
            (HARDWARE_VERSION, hardware_version),
            (SOFTWARE_VERSION, software_version),
        ):
            if text:
                values[number] = text
        # Without something to call it is not offered: Discover does not list it.
        if reboot is not None:
            values[REBOOT] = _later(reboot)
        if factory_reset is not None:
            values[FACTORY_RESET] = _later(factory_reset)
        if battery is not None:
            values[POWER_SOURCES] = {0: INTERNAL_BATTERY}
            values[BATTERY_STATUS] = _UNKNOWN
        if hasattr(gc, "mem_free"):
            values[MEMORY_FREE] = _free_kb
            values[MEMORY_TOTAL] = _total_kb
        super().__init__(DEFINITION, 0, values, {CURRENT_TIME: self._take_time})

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for an offset that is not such as +01:00 (ISO 8601)."""
        if resource == UTC_OFFSET and not _is_offset(value):
            raise ValueError("a UTC offset is such as +01:00")

    async def refresh(self) -> None:
        """Ask for the battery; a low one is an error that observers learn of."""
        if self._battery is None:
            return
        percent, millivolts = await self._battery()
        if millivolts is not None:
            self.set(VOLTAGES, {0: millivolts})
        if percent is not None:
            self.set(BATTERY_LEVEL, percent)
            is_low = percent < LOW_PERCENT
            self.set(BATTERY_STATUS, _LOW if is_low else _NORMAL)
            if is_low:
                self.add_error(LOW_BATTERY)
            else:
                self.remove_error(LOW_BATTERY)

    def add_error(self, code: int) -> None:
        """An error is there from now on: a number of resource 11, 1 to 8."""
        held = self._errors()
        if code not in held:
            self._show_errors(held + [code])

    def remove_error(self, code: int) -> None:
        """An error is over."""
        held = self._errors()
        if code in held:
            held.remove(code)
            self._show_errors(held)

    def _errors(self) -> "list[int]":
        return [code for code in self.values[ERRORS].values() if code != NO_ERROR]

    def _show_errors(self, codes: "list[int]") -> None:
        codes = codes or [NO_ERROR]
        self.set(ERRORS, {at: codes[at] for at in range(len(codes))})

    def _reset_errors(self, arguments: object) -> None:
        self._show_errors([])

    def _now_s(self) -> int:
        return unix_s() + self._ahead_s

    def _take_time(self, value: int) -> None:
        if self._set_clock is not None:
            self._set_clock(value)
        else:
            self._ahead_s = value - unix_s()


def _later(call: "Callable[[], object]") -> "Callable[[Any], None]":
    async def wait() -> None:
        await asyncio.sleep(AFTER_ANSWER_MS / 1000)
        call()

    def execute(arguments: object) -> None:
        asyncio.create_task(wait())  # noqa: RUF006 - it ends by a restart, or by itself

    return execute


def _free_kb() -> int:
    gc.collect()
    return gc.mem_free() // 1024  # type: ignore[attr-defined,no-any-return]


def _total_kb() -> int:
    return (gc.mem_alloc() + gc.mem_free()) // 1024  # type: ignore[attr-defined,no-any-return]


def _is_offset(text: str) -> bool:
    digits = text[1:3] + text[4:]
    return (
        len(text) == 6
        and text[0] in "+-"
        and text[3] == ":"
        and digits.isdigit()
        and int(digits[:2]) <= 14
        and int(digits[2:]) < 60
    )
