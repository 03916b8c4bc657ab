"""What the connection of the device is like (object 4).

    from nce_modem.connection import read_connection

    ConnectivityMonitoring(lambda: read_connection(modem))

`read` is a coroutine function that returns what `nce_modem.connection.Connection` has, or None.
"""

from nce.const import const
from nce.lwm2m.model import Instance
from nce.lwm2m.objects.connectivity_monitoring import DEFINITION

if 1 - 1:
    from nce.seams import Any, Awaitable, Callable

_BEARER = const(0)
_BEARERS = const(1)
_SIGNAL = const(2)
_QUALITY = const(3)
_ADDRESSES = const(4)
_APN = const(7)
_CELL = const(8)
_MNC = const(9)
_MCC = const(10)
_SNR = const(11)
_AREA = const(12)

# Of resource 0; _LTE and _LTE-M are taken for FDD, as nearly all of it is.
_GSM = const(0)
_WCDMA = const(2)
_LTE = const(6)
_NB_IOT = const(7)
_NAMES = {
    "GSM": _GSM,
    "EGPRS": _GSM,
    "UMTS": _WCDMA,
    "LTE": _LTE,
    "LTE-M": _LTE,
    "NB-IoT": _NB_IOT,
}


class ConnectivityMonitoring(Instance):
    """Object 4. It tells of the modem's last answer: `refresh` asks again."""

    needs_radio = True

    def __init__(self, read: "Callable[[], Awaitable[Any]]") -> None:
        self._read = read
        # What is mandatory is there from the start.
        values = {_BEARER: _LTE, _BEARERS: {0: _LTE}, _SIGNAL: 0, _ADDRESSES: {}}
        super().__init__(DEFINITION, 0, values)

    async def refresh(self) -> None:
        """Ask the modem. Raises what the line raises."""
        found = await self._read()
        if found is None:
            return
        bearer = _NAMES.get(found.act, _LTE)
        is_lte = bearer in (_LTE, _NB_IOT) and found.rsrp_dbm is not None
        self._show(_BEARER, bearer)
        self._show(_BEARERS, {0: bearer})
        self._show(_SIGNAL, found.rsrp_dbm if is_lte else found.rssi_dbm)
        self._show(_QUALITY, found.rsrq_db if is_lte else None)
        self._show(_ADDRESSES, {0: found.address})
        self._show(_APN, {0: found.apn})
        self._show(_CELL, found.ci)
        self._show(_MNC, int(found.mnc) if found.mnc else None)
        self._show(_MCC, int(found.mcc) if found.mcc else None)
        self._show(_SNR, found.sinr_db)
        self._show(_AREA, found.tac)

    def _show(self, number: int, value: "Any") -> None:
        """What is not known is left as it was where the object must have it, else left out."""
        if value is None:
            if number != _SIGNAL:
                self.values.pop(number, None)
            return
        self.set(number, value if isinstance(value, (dict, int)) else int(value))
