"""The device itself (object 3): who made it, what runs on it, its battery, its errors, its clock.

    Equipment("1NCE", "blueprint", serial=iccid, firmware_version="1.2.0",
              reboot=board.restart, battery=read_battery)

`battery` is a coroutine function that returns (percent, millivolts), None for what is not known.
`reboot` and `factory_reset` are called a moment after their execution: its answer goes first.
"""

import asyncio
import gc

from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.device import DEFINITION

if 1 - 1:
    from nce.seams import Any, Awaitable, Callable

_MANUFACTURER = const(0)
_MODEL = const(1)
_SERIAL = const(2)
_FIRMWARE_VERSION = const(3)
_REBOOT = const(4)
_FACTORY_RESET = const(5)
_POWER_SOURCES = const(6)
_VOLTAGES = const(7)
_BATTERY_LEVEL = const(9)
_MEMORY_FREE = const(10)
_ERRORS = const(11)
_RESET_ERRORS = const(12)
_CURRENT_TIME = const(13)
_UTC_OFFSET = const(14)
_TIME_ZONE = const(15)
_BINDING = const(16)
_DEVICE_TYPE = const(17)
_HARDWARE_VERSION = const(18)
_SOFTWARE_VERSION = const(19)
_BATTERY_STATUS = const(20)
_MEMORY_TOTAL = const(21)

_INTERNAL_BATTERY = const(1)
_NO_ERROR = const(0)
_LOW_BATTERY = const(1)
_LOW_PERCENT = const(15)  # below it the battery is low [U]
_AFTER_ANSWER_MS = const(3_000)  # until a restart: the answer leaves first [U]
_NORMAL = const(0)
_LOW = const(4)
_UNKNOWN = const(6)


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
            _ERRORS: {0: _NO_ERROR},
            _RESET_ERRORS: self._reset_errors,
            _CURRENT_TIME: self._now_s,
            _UTC_OFFSET: "+00:00",
            _TIME_ZONE: "UTC",
            _BINDING: binding,
        }
        for number, text in (
            (_MANUFACTURER, manufacturer),
            (_MODEL, model),
            (_SERIAL, serial),
            (_FIRMWARE_VERSION, firmware_version),
            (_DEVICE_TYPE, device_type),
            (_HARDWARE_VERSION, hardware_version),
            (_SOFTWARE_VERSION, software_version),
        ):
            if text:
                values[number] = text
        # Without something to call it is not offered: Discover does not list it.
        if reboot is not None:
            values[_REBOOT] = _later(reboot)
        if factory_reset is not None:
            values[_FACTORY_RESET] = _later(factory_reset)
        if battery is not None:
            values[_POWER_SOURCES] = {0: _INTERNAL_BATTERY}
            values[_BATTERY_STATUS] = _UNKNOWN
        if hasattr(gc, "mem_free"):
            values[_MEMORY_FREE] = _free_kb
            values[_MEMORY_TOTAL] = _total_kb
        super().__init__(DEFINITION, 0, values, {_CURRENT_TIME: self._take_time})

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for an offset that is not such as +01:00 (ISO 8601)."""
        if resource == _UTC_OFFSET and not _is_offset(value):
            raise ValueError("a UTC offset is such as +01:00")

    async def refresh(self) -> None:
        """Ask for the battery; a low one is an error that observers learn of."""
        if self._battery is None:
            return
        percent, millivolts = await self._battery()
        if millivolts is not None:
            self.set(_VOLTAGES, {0: millivolts})
        if percent is not None:
            self.set(_BATTERY_LEVEL, percent)
            is_low = percent < _LOW_PERCENT
            self.set(_BATTERY_STATUS, _LOW if is_low else _NORMAL)
            if is_low:
                self.add_error(_LOW_BATTERY)
            else:
                self.remove_error(_LOW_BATTERY)

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
        return [code for code in self.values[_ERRORS].values() if code != _NO_ERROR]

    def _show_errors(self, codes: "list[int]") -> None:
        codes = codes or [_NO_ERROR]
        self.set(_ERRORS, {at: codes[at] for at in range(len(codes))})

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
        await asyncio.sleep(_AFTER_ANSWER_MS / 1000)
        call()

    def execute(arguments: object) -> None:
        asyncio.create_task(wait())  # noqa: RUF006 - its timer holds it; it ends by a restart, or by itself

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
