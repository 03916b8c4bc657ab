"""Something that servers switch on and off: what `nce.lwm2m.light` and `buzzer` share."""

from nce.const import const
from nce.lwm2m.model import Instance

if 1 - 1:
    from nce.lwm2m.model import Definition
    from nce.seams import Any, Callable

_ON_OFF = const(5850)
_APPLICATION = const(5750)


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
        values[_ON_OFF] = False
        if application:
            values[_APPLICATION] = application
        self._apply = apply
        super().__init__(definition, number, values, writers)

    @property
    def is_on(self) -> bool:
        """Whether it is on."""
        return bool(self.values[_ON_OFF])

    def switch(self, is_on: bool) -> None:
        """Switch it by the program itself; observers are told."""
        if is_on != self.is_on:
            self.write(_ON_OFF, is_on)
            self.changed(_ON_OFF)

    def write(self, resource: int, value: "Any") -> None:
        """Take what a server wrote, and apply it."""
        super().write(resource, value)
        if resource != _APPLICATION:
            self._apply(self)
