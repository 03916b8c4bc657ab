"""Power saving of the modem, as servers may set it (object 10).

CellularConnectivity(request, update_s=3600, active_s=10)
"""

from nce.const import const
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.cellular_connectivity import DEFINITION

if 1 - 1:
    from nce.seams import Any, Callable

_PSM_TIMER = const(4)
_ACTIVE_TIMER = const(5)
_PROFILES = const(11)
_SUPPORTED = const(12)
_ACTIVE = const(13)
_PSM = const(1)  # bit of resources 12 and 13


class CellularConnectivity(Instance):
    """Object 10: power saving, as a server may set it. `request(update_s, active_s)` takes what
    it wrote; None for an update is no PSM."""

    def __init__(
        self,
        request: "Callable[[int | None, int], object]",
        update_s: "int | None" = None,
        active_s: int = 10,
    ) -> None:
        self._request = request
        values = {
            _PSM_TIMER: update_s or 0,
            _ACTIVE_TIMER: active_s,
            _PROFILES: {},  # of object 11, which this device has none of
            _SUPPORTED: _PSM,
            _ACTIVE: _PSM if update_s else 0,
        }
        super().__init__(DEFINITION, 0, values)

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for timers that TS 24.008 cannot carry, and modes that are not there."""
        most = {_PSM_TIMER: 35_712_000, _ACTIVE_TIMER: 11_160, _ACTIVE: _PSM}.get(resource)
        if most is not None and not 0 <= value <= most:
            raise ValueError("give 0 to %d" % most)

    def write(self, resource: int, value: "Any") -> None:
        """Take what a server wrote, and ask for it."""
        super().write(resource, value)
        held = self.values
        is_wanted = held[_ACTIVE] & _PSM and held[_PSM_TIMER]
        self._request(held[_PSM_TIMER] if is_wanted else None, held[_ACTIVE_TIMER])
