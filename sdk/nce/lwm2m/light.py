"""A light with dimmer and colour, which servers switch (object 3311).

    light = Light(apply)        # apply(light): light.is_on, light.dimmer, light.rgb

`apply` is called after each change, also one of the program's own, by `switch(True)`.
"""

from nce.clock import now_ms
from nce.const import const
from nce.lwm2m.actuator import Actuator
from nce.lwm2m.objects.light_control import DEFINITION

if 1 - 1:
    from nce.seams import Any, Callable

_ON_OFF = const(5850)
_DIMMER = const(5851)
_ON_TIME = const(5852)
_COLOUR = const(5706)
_HEX = "0123456789abcdefABCDEF"


class Light(Actuator):
    """Object 3311. The dimmer goes from 0 to 100 %; a colour is "RRGGBB", as 1NCE's demos have it,
    also with # or 0x before it."""

    def __init__(
        self, apply: "Callable[[Light], object]", number: int = 0, application: str = ""
    ) -> None:
        self._on_since_ms: "int | None" = None
        self._on_ms = 0
        values = {_DIMMER: 100, _ON_TIME: self._on_time, _COLOUR: "FFFFFF"}
        super().__init__(
            DEFINITION, number, values, apply, {_ON_TIME: self._reset_on_time}, application
        )

    @property
    def dimmer(self) -> int:
        """Brightness in percent."""
        return int(self.values[_DIMMER])

    @property
    def rgb(self) -> "tuple[int, int, int]":
        """Red, green and blue, 0 to 255 each, the dimmer not counted."""
        digits = _digits(self.values[_COLOUR])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for what is no brightness, no colour, or no reset of the counter."""
        if resource == _DIMMER and not 0 <= value <= 100:
            raise ValueError("a dimmer is 0 to 100, not %d" % value)
        if resource == _COLOUR:
            digits = _digits(value)
            if len(digits) != 6 or digits.strip(_HEX):
                raise ValueError("a colour is RRGGBB")
        if resource == _ON_TIME and value != 0:
            raise ValueError("the on time is reset by 0")

    def write(self, resource: int, value: "Any") -> None:
        """As `Actuator.write`; the time with light is counted."""
        if resource == _ON_OFF and value != self.is_on:
            if value:
                self._on_since_ms = now_ms()
            else:
                self._on_ms += now_ms() - (self._on_since_ms or 0)
                self._on_since_ms = None
        super().write(resource, value)

    def _on_time(self) -> int:
        since_ms = self._on_since_ms
        return (self._on_ms + (0 if since_ms is None else now_ms() - since_ms)) // 1000

    def _reset_on_time(self, value: int) -> None:
        self._on_ms = 0
        if self._on_since_ms is not None:
            self._on_since_ms = now_ms()


def _digits(colour: str) -> str:
    for prefix in ("#", "0x", "0X"):
        if colour.startswith(prefix):
            return colour[len(prefix) :]
    return colour
