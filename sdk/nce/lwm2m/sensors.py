"""Sensors: IPSO's objects of a measured value, with the least and the greatest since the start.

    from nce.lwm2m.device import Lwm2mDevice

    Lwm2mDevice(modem, objects=[Temperature(read_celsius), Humidity(read_percent, unit="%RH")])

`read` returns a number, or None when there is none at the moment; it is called when a server
reads, and before the device reports. One of another object:
`Sensor(DEFINITION, read, unit="hPa")`, the table made by `nce lwm2m object`.
"""

from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance

if 1 - 1:
    from nce.lwm2m.model import Definition
    from nce.seams import Any, Callable

_VALUE = const(5700)
_LEAST = const(5601)
_GREATEST = const(5602)
_LEAST_RANGE = const(5603)
_GREATEST_RANGE = const(5604)
_RESET = const(5605)
_UNIT = const(5701)
_TIMESTAMP = const(5518)


class Sensor(Instance):
    """One sensor. `limits`: the least and the greatest that it can measure, where known."""

    def __init__(
        self,
        definition: "Definition",
        read: "Callable[[], float | None]",
        number: int = 0,
        unit: str = "",
        limits: "tuple[float, float] | None" = None,
    ) -> None:
        self._read = read
        self._told: "float | None" = None
        self._least: "float | None" = None
        self._greatest: "float | None" = None
        self._measured_s = 0
        values: "dict[int, Any]" = {
            _VALUE: self.measure,
            _LEAST: self._of_least,
            _GREATEST: self._of_greatest,
            _RESET: self._reset,
        }
        if unit:
            values[_UNIT] = unit
        if limits is not None:
            values[_LEAST_RANGE], values[_GREATEST_RANGE] = limits
        for row in definition.resources:
            if row >> 9 == _TIMESTAMP:
                values[_TIMESTAMP] = self._of_time
        super().__init__(definition, number, values)

    def measure(self) -> "float | None":
        """The value now; what `read` raises is the server's answer. None, as for what `read` has
        no value for at the moment: None or NaN."""
        value = self._read()
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return None
        value = float(value)
        self._measured_s = unix_s()
        if self._least is None or value < self._least:
            self._least = value
        if self._greatest is None or value > self._greatest:
            self._greatest = value
        return value

    async def refresh(self) -> None:
        """Measure, and tell the observers of another value."""
        least, greatest = self._least, self._greatest
        value = self.measure()
        if value is not None and value != self._told:
            self._told = value
            self.changed(_VALUE)
        if least != self._least:
            self.changed(_LEAST)
        if greatest != self._greatest:
            self.changed(_GREATEST)

    def _of_least(self) -> "float | None":
        if self._least is None:
            self.measure()
        return self._least

    def _of_greatest(self) -> "float | None":
        if self._greatest is None:
            self.measure()
        return self._greatest

    def _of_time(self) -> "int | None":
        if not self._measured_s:
            self.measure()
        return self._measured_s or None

    def _reset(self, arguments: object) -> None:
        self._least = self._greatest = None
        self.measure()
        self.changed(_LEAST)
        self.changed(_GREATEST)


class Temperature(Sensor):
    """Object 3303."""

    def __init__(
        self,
        read: "Callable[[], float | None]",
        number: int = 0,
        unit: str = "Cel",
        limits: "tuple[float, float] | None" = None,
    ) -> None:
        from nce.lwm2m.objects.temperature import DEFINITION

        super().__init__(DEFINITION, read, number, unit, limits)


class Humidity(Sensor):
    """Object 3304."""

    def __init__(
        self,
        read: "Callable[[], float | None]",
        number: int = 0,
        unit: str = "%RH",
        limits: "tuple[float, float] | None" = None,
    ) -> None:
        from nce.lwm2m.objects.humidity import DEFINITION

        super().__init__(DEFINITION, read, number, unit, limits)
