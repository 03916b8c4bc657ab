"""A buzzer with level, which servers switch (object 3338).

    buzzer = Buzzer(apply)      # apply(buzzer): buzzer.is_on, buzzer.level

`apply` is called after each change, also one of the program's own, by `switch(True)`.
"""

import asyncio

from nce.clock import now_ms
from nce.const import const
from nce.lwm2m.actuator import Actuator
from nce.lwm2m.objects.buzzer import DEFINITION

if 1 - 1:
    from nce.seams import Any, Callable

_ON_OFF = const(5850)
_LEVEL = const(5548)
_DURATION = const(5521)
_LEAST_OFF = const(5525)


class Buzzer(Actuator):
    """Object 3338. With a duration (5521) it stops by itself; it then rests for at least the time
    of 5525, in which it cannot be switched on."""

    def __init__(
        self, apply: "Callable[[Buzzer], object]", number: int = 0, application: str = ""
    ) -> None:
        self._turn = 0
        self._off_ms: "int | None" = None
        values = {_LEVEL: 100.0, _DURATION: 0.0, _LEAST_OFF: 0.0}
        super().__init__(DEFINITION, number, values, apply, None, application)

    @property
    def level(self) -> float:
        """Loudness in percent."""
        return float(self.values[_LEVEL])

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a level that is none, a time below 0, and a start while it rests."""
        if resource == _LEVEL and not 0 <= value <= 100:
            raise ValueError("a level is 0 to 100")
        if resource in (_DURATION, _LEAST_OFF) and not 0 <= value <= 86_400:
            raise ValueError("a time is 0 to 86400 s")
        if resource == _ON_OFF and value and self._off_ms is not None and not self.is_on:
            if now_ms() - self._off_ms < self.values[_LEAST_OFF] * 1000:
                raise ValueError("the buzzer rests for %d s" % self.values[_LEAST_OFF])

    def write(self, resource: int, value: "Any") -> None:
        """As `Actuator.write`; a sound with a duration is ended by a task."""
        was_on = self.is_on
        super().write(resource, value)
        if resource != _ON_OFF or value == was_on:
            return
        self._turn += 1
        if not value:
            self._off_ms = now_ms()
        elif self.values[_DURATION]:
            # Its timer holds the task, and ends it.
            asyncio.create_task(self._stop(self._turn, self.values[_DURATION]))  # noqa: RUF006

    async def _stop(self, turn: int, duration_s: float) -> None:
        await asyncio.sleep(duration_s)
        if turn == self._turn:
            self.switch(False)
