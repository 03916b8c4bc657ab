"""What a server switches: a light with dimmer and colour (3311), a buzzer with level (3338).

    light = Light(apply)        # apply(light): light.is_on, light.dimmer, light.rgb
    buzzer = Buzzer(apply)      # apply(buzzer): buzzer.is_on, buzzer.level

`apply` is called after each change, also one of the program's own, by `switch(True)`.
"""

import asyncio

from nce.clock import now_ms
from nce.lwm2m.model import Instance

if 1 - 1:
    from nce.lwm2m.model import Definition
    from nce.seams import Any, Callable

ON_OFF = 5850
DIMMER = 5851
ON_TIME = 5852
COLOUR = 5706
LEVEL = 5548
DURATION = 5521
LEAST_OFF = 5525
APPLICATION = 5750
_HEX = "0123456789abcdefABCDEF"


class Actuator(Instance):
    """Something that is on or off."""

    def __init__(
        self,
        definition: "Definition",
        number: int,
        values: "dict[int, Any]",
        apply: "Callable[[Any], object]",
        writers: "dict[int, Callable[[Any], object]] | None" = None,
        application: str = "",
    ) -> None:
        values[ON_OFF] = False
        if application:
            values[APPLICATION] = application
        self._apply = apply
        super().__init__(definition, number, values, writers)

    @property
    def is_on(self) -> bool:
        """Whether it is on."""
        return bool(self.values[ON_OFF])

    def switch(self, is_on: bool) -> None:
        """Switch it by the program itself; observers are told."""
        if is_on != self.is_on:
            self.write(ON_OFF, is_on)
            self.changed(ON_OFF)

    def write(self, resource: int, value: "Any") -> None:
        """Take what a server wrote, and apply it."""
        super().write(resource, value)
        if resource != APPLICATION:
            self._apply(self)


class Light(Actuator):
    """Object 3311. The dimmer goes from 0 to 100 %; a colour is "RRGGBB", as 1NCE's demos have it,
    also with # or 0x before it."""

    def __init__(
        self, apply: "Callable[[Light], object]", number: int = 0, application: str = ""
    ) -> None:
        from nce.lwm2m.objects.light_control import DEFINITION

        self._on_since_ms: "int | None" = None
        self._on_ms = 0
        values = {DIMMER: 100, ON_TIME: self._on_time, COLOUR: "FFFFFF"}
        super().__init__(
            DEFINITION, number, values, apply, {ON_TIME: self._reset_on_time}, application
        )

    @property
    def dimmer(self) -> int:
        """Brightness in percent."""
        return int(self.values[DIMMER])

    @property
    def rgb(self) -> "tuple[int, int, int]":
        """Red, green and blue, 0 to 255 each, the dimmer not counted."""
        digits = _digits(self.values[COLOUR])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for what is no brightness, no colour, or no reset of the counter."""
        if resource == DIMMER and not 0 <= value <= 100:
            raise ValueError("a dimmer is 0 to 100, not %d" % value)
        if resource == COLOUR:
            digits = _digits(value)
            if len(digits) != 6 or digits.strip(_HEX):
                raise ValueError("a colour is RRGGBB")
        if resource == ON_TIME and value != 0:
            raise ValueError("the on time is reset by 0")

    def write(self, resource: int, value: "Any") -> None:
        """As `Actuator.write`; the time with light is counted."""
        if resource == ON_OFF and value != self.is_on:
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


class Buzzer(Actuator):
    """Object 3338. With a duration (5521) it stops by itself; it then rests for at least the time
    of 5525, in which it cannot be switched on."""

    def __init__(
        self, apply: "Callable[[Buzzer], object]", number: int = 0, application: str = ""
    ) -> None:
        from nce.lwm2m.objects.buzzer import DEFINITION

        self._turn = 0
        self._off_ms: "int | None" = None
        values = {LEVEL: 100.0, DURATION: 0.0, LEAST_OFF: 0.0}
        super().__init__(DEFINITION, number, values, apply, None, application)

    @property
    def level(self) -> float:
        """Loudness in percent."""
        return float(self.values[LEVEL])

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a level that is none, a time below 0, and a start while it rests."""
        if resource == LEVEL and not 0 <= value <= 100:
            raise ValueError("a level is 0 to 100")
        if resource in (DURATION, LEAST_OFF) and not 0 <= value <= 86_400:
            raise ValueError("a time is 0 to 86400 s")
        if resource == ON_OFF and value and self._off_ms is not None and not self.is_on:
            if now_ms() - self._off_ms < self.values[LEAST_OFF] * 1000:
                raise ValueError("the buzzer rests for %d s" % self.values[LEAST_OFF])

    def write(self, resource: int, value: "Any") -> None:
        """As `Actuator.write`; a sound with a duration is ended by a task."""
        was_on = self.is_on
        super().write(resource, value)
        if resource != ON_OFF or value == was_on:
            return
        self._turn += 1
        if not value:
            self._off_ms = now_ms()
        elif self.values[DURATION]:
            asyncio.create_task(self._stop(self._turn, self.values[DURATION]))  # noqa: RUF006

    async def _stop(self, turn: int, duration_s: float) -> None:
        await asyncio.sleep(duration_s)
        if turn == self._turn:
            self.switch(False)


def _digits(colour: str) -> str:
    for prefix in ("#", "0x", "0X"):
        if colour.startswith(prefix):
            return colour[len(prefix) :]
    return colour
