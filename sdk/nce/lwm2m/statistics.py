"""How much went between the device and its LwM2M servers (object 7).

ConnectivityStatistics()        # `Lwm2mDevice` counts into it
"""

from nce.clock import now_ms
from nce.const import const
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.connectivity_statistics import DEFINITION

if 1 - 1:
    from nce.seams import Any

_TX_KB = const(2)
_RX_KB = const(3)
_LARGEST = const(4)
_MEAN = const(5)
_START = const(6)
_STOP = const(7)
_PERIOD_S = const(8)
_HEADERS = const(28)  # of IP and UDP (RFC 791, RFC 768), which the object counts as well


class ConnectivityStatistics(Instance):
    """Object 7, of the datagrams of LwM2M. It begins to count by itself."""

    def __init__(self) -> None:
        self._sent = self._received = self._messages = self._largest = 0
        self._begun_ms = now_ms()
        self._is_counting = True
        values = {
            _TX_KB: lambda: (self._sent + 1023) // 1024,
            _RX_KB: lambda: (self._received + 1023) // 1024,
            _LARGEST: lambda: self._largest,
            _MEAN: lambda: (self._sent + self._received) // max(1, self._messages),
            _START: self._start,
            _STOP: self._stop,
            _PERIOD_S: 0,
        }
        super().__init__(DEFINITION, 0, values)

    def count(self, size: int, is_sent: bool) -> None:
        """Count a datagram of so many bytes."""
        period_s = self.values[_PERIOD_S]
        if period_s and now_ms() - self._begun_ms >= period_s * 1000:
            self._is_counting = False
        if not self._is_counting:
            return
        size += _HEADERS
        self._messages += 1
        self._largest = max(self._largest, size)
        if is_sent:
            self._sent += size
        else:
            self._received += size

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for a period below 0."""
        if value < 0:
            raise ValueError("a period is 0 or more seconds")

    def _start(self, arguments: object) -> None:
        self._sent = self._received = self._messages = self._largest = 0
        self._begun_ms = now_ms()
        self._is_counting = True

    def _stop(self, arguments: object) -> None:
        self._is_counting = False
