"""Where the device is (object 6); 1NCE's Device Locator takes it from here.

place = Location()
place.update(56.921371, 24.096416, altitude_m=12.0)     # degrees; a fix of the modem's, say
"""

from nce.const import const
from nce.lwm2m.epoch import unix_s
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.location import DEFINITION

_LATITUDE = const(0)
_LONGITUDE = const(1)
_ALTITUDE = const(2)
_RADIUS = const(3)
_TIMESTAMP = const(5)
_SPEED = const(6)


class Location(Instance):
    """The one instance. It is empty until a position is known: 0, 0 would be a place."""

    def __init__(self) -> None:
        super().__init__(DEFINITION)

    def update(
        self,
        latitude: float,
        longitude: float,
        altitude_m: "float | None" = None,
        radius_m: "float | None" = None,
        speed_mps: "float | None" = None,
        time_s: "int | None" = None,
    ) -> None:
        """Take a position; `time_s` is now, unless it is told (seconds since 1970).

        Raises `ValueError` for a place that is not on Earth.
        """
        if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
            raise ValueError("%s, %s is no place: give degrees" % (latitude, longitude))
        self.values[_TIMESTAMP] = unix_s() if time_s is None else time_s
        for number, value in (
            (_ALTITUDE, altitude_m),
            (_RADIUS, radius_m),
            (_SPEED, speed_mps),
            (_LATITUDE, latitude),
            (_LONGITUDE, longitude),
        ):
            if value is None:
                self.values.pop(number, None)
            else:
                self.set(number, value)
        self.changed(_TIMESTAMP)
