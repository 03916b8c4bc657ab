"""The connection: what it is like (object 4), how much went (7), and its power saving (10).

    ConnectivityMonitoring(lambda: read_connection(modem))      # nce_modem.connection
    ConnectivityStatistics()                                    # `Lwm2mDevice` counts into it

`read` is a coroutine function that returns what `nce_modem.connection.Connection` has, or None.
"""

from nce.clock import now_ms
from nce.lwm2m.model import Instance

if 1 - 1:
    from nce.seams import Any, Awaitable, Callable

BEARER = 0
BEARERS = 1
SIGNAL = 2
QUALITY = 3
ADDRESSES = 4
APN = 7
CELL = 8
MNC = 9
MCC = 10
SNR = 11
AREA = 12

# Of resource 0; LTE and LTE-M are taken for FDD, as nearly all of it is.
GSM = 0
WCDMA = 2
LTE = 6
NB_IOT = 7
_NAMES = {"GSM": GSM, "EGPRS": GSM, "UMTS": WCDMA, "LTE": LTE, "LTE-M": LTE, "NB-IoT": NB_IOT}


class ConnectivityMonitoring(Instance):
    """Object 4. It tells of the modem's last answer: `refresh` asks again."""

    needs_radio = True

    def __init__(self, read: "Callable[[], Awaitable[Any]]") -> None:
        from nce.lwm2m.objects.connectivity_monitoring import DEFINITION

        self._read = read
        # What is mandatory is there from the start.
        values = {BEARER: LTE, BEARERS: {0: LTE}, SIGNAL: 0, ADDRESSES: {}}
        super().__init__(DEFINITION, 0, values)

    async def refresh(self) -> None:
        """Ask the modem. Raises what the line raises."""
        found = await self._read()
        if found is None:
            return
        bearer = _NAMES.get(found.act, LTE)
        is_lte = bearer in (LTE, NB_IOT) and found.rsrp_dbm is not None
        self._show(BEARER, bearer)
        self._show(BEARERS, {0: bearer})
        self._show(SIGNAL, found.rsrp_dbm if is_lte else found.rssi_dbm)
        self._show(QUALITY, found.rsrq_db if is_lte else None)
        self._show(ADDRESSES, {0: found.address})
        self._show(APN, {0: found.apn})
        self._show(CELL, found.ci)
        self._show(MNC, int(found.mnc) if found.mnc else None)
        self._show(MCC, int(found.mcc) if found.mcc else None)
        self._show(SNR, found.sinr_db)
        self._show(AREA, found.tac)

    def _show(self, number: int, value: "Any") -> None:
        """What is not known is left as it was where the object must have it, else left out."""
        if value is None:
            if number != SIGNAL:
                self.values.pop(number, None)
            return
        self.set(number, value if isinstance(value, (dict, int)) else int(value))


TX_KB = 2
RX_KB = 3
LARGEST = 4
MEAN = 5
START = 6
STOP = 7
PERIOD_S = 8
_HEADERS = 28  # of IP and UDP (RFC 791, RFC 768), which the object counts as well


class ConnectivityStatistics(Instance):
    """Object 7, of the datagrams of LwM2M. It begins to count by itself."""

    def __init__(self) -> None:
        from nce.lwm2m.objects.connectivity_statistics import DEFINITION

        self._sent = self._received = self._messages = self._largest = 0
        self._begun_ms = now_ms()
        self._is_counting = True
        values = {
            TX_KB: lambda: (self._sent + 1023) // 1024,
            RX_KB: lambda: (self._received + 1023) // 1024,
            LARGEST: lambda: self._largest,
            MEAN: lambda: (self._sent + self._received) // max(1, self._messages),
            START: self._start,
            STOP: self._stop,
            PERIOD_S: 0,
        }
        super().__init__(DEFINITION, 0, values)

    def count(self, size: int, is_sent: bool) -> None:
        """Count a datagram of so many bytes."""
        period_s = self.values[PERIOD_S]
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


PSM_TIMER = 4
ACTIVE_TIMER = 5
PROFILES = 11
SUPPORTED = 12
ACTIVE = 13
_PSM = 1  # bit of resources 12 and 13


class CellularConnectivity(Instance):
    """Object 10: power saving, as a server may set it. `request(update_s, active_s)` takes what
    it wrote; None for an update is no PSM."""

    def __init__(
        self,
        request: "Callable[[int | None, int], object]",
        update_s: "int | None" = None,
        active_s: int = 10,
    ) -> None:
        from nce.lwm2m.objects.cellular_connectivity import DEFINITION

        self._request = request
        values = {
            PSM_TIMER: update_s or 0,
            ACTIVE_TIMER: active_s,
            PROFILES: {},  # of object 11, which this device has none of
            SUPPORTED: _PSM,
            ACTIVE: _PSM if update_s else 0,
        }
        super().__init__(DEFINITION, 0, values)

    def check(self, resource: int, value: "Any") -> None:
        """`ValueError` for timers that TS 24.008 cannot carry, and modes that are not there."""
        most = {PSM_TIMER: 35_712_000, ACTIVE_TIMER: 11_160, ACTIVE: _PSM}.get(resource)
        if most is not None and not 0 <= value <= most:
            raise ValueError("give 0 to %d" % most)

    def write(self, resource: int, value: "Any") -> None:
        """Take what a server wrote, and ask for it."""
        super().write(resource, value)
        held = self.values
        is_wanted = held[ACTIVE] & _PSM and held[PSM_TIMER]
        self._request(held[PSM_TIMER] if is_wanted else None, held[ACTIVE_TIMER])
