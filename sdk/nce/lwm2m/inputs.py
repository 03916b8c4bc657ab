"""What a person or a machine switches: push buttons (3347) and switches (3342).

button = Button()
button.feed(pin.value() == 0)       # at each look, or from an interrupt's handler
"""

from nce.clock import now_ms
from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance

if 1 - 1:
    from nce.lwm2m.model import Definition
    from nce.seams import Any, Callable

_STATE = const(5500)
_COUNTER = const(5501)
_ON_TIME = const(5852)
_OFF_TIME = const(5854)
_TIMESTAMP = const(5518)
_APPLICATION = const(5750)


class DigitalInput(Instance):
    """An input that is active or not; how often it became so is counted."""

    def __init__(
        self,
        definition: "Definition",
        number: int,
        application: str,
        values: "dict[int, Any] | None" = None,
        writers: "dict[int, Callable[[Any], object]] | None" = None,
    ) -> None:
        held = values or {}
        held[_STATE], held[_COUNTER], held[_TIMESTAMP] = False, 0, unix_s()
        if application:
            held[_APPLICATION] = application
        super().__init__(definition, number, held, writers)

    def feed(self, is_active: bool) -> None:
        """Take what the input is now."""
        if is_active == self.values[_STATE]:
            return
        self.values[_TIMESTAMP] = unix_s()
        if is_active:
            self.set(_COUNTER, self.values[_COUNTER] + 1)
        self.set(_STATE, is_active)


class Button(DigitalInput):
    """Object 3347."""

    def __init__(self, number: int = 0, application: str = "") -> None:
        from nce.lwm2m.objects.push_button import DEFINITION

        super().__init__(DEFINITION, number, application)


class Switch(DigitalInput):
    """Object 3342, which also counts the seconds on and off."""

    def __init__(self, number: int = 0, application: str = "") -> None:
        from nce.lwm2m.objects.on_off_switch import DEFINITION

        self._since_ms = now_ms()
        self._spent_ms = [0, 0]  # off, on
        values = {_ON_TIME: lambda: self._spent_s(1), _OFF_TIME: lambda: self._spent_s(0)}
        writers: "dict[int, Callable[[Any], object]]" = {
            _ON_TIME: lambda _: self._reset(1),
            _OFF_TIME: lambda _: self._reset(0),
        }
        super().__init__(DEFINITION, number, application, values, writers)

    def feed(self, is_active: bool) -> None:
        """Take what the switch is now."""
        if is_active != self.values[_STATE]:
            self._count()
        super().feed(is_active)

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a time that is not reset by 0."""
        if resource in (_ON_TIME, _OFF_TIME) and value != 0:
            raise ValueError("a time is reset by 0")

    def _count(self) -> None:
        at_ms = now_ms()
        self._spent_ms[int(self.values[_STATE])] += at_ms - self._since_ms
        self._since_ms = at_ms

    def _spent_s(self, which: int) -> int:
        self._count()
        return self._spent_ms[which] // 1000

    def _reset(self, which: int) -> None:
        self._count()
        self._spent_ms[which] = 0
