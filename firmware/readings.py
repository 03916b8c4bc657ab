"""What this device measures: put your sensors here.

A record is a dict of the assets of `config.TEMPLATE`, or bytes when that is None. The one below is
what 1NCE's C SDK sends: battery in percent, signal in dBm (0: not known yet), version.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem

VERSION = "0.1.0"
LEAST_DBM = -128  # of a signed byte


async def read(modem: "Modem") -> "dict[str, Any] | bytes":
    """One record. What it raises is told, and the next one is due after the interval."""
    return {
        "battery_level": 100,  # on mains; read your battery here
        "signal_strength": await _signal_dbm(modem),
        "software_version": VERSION,
    }


async def _signal_dbm(modem: "Modem") -> int:
    if modem.address is None:  # not attached: there is nobody to ask
        return 0
    from nce_modem.signal import read_signal

    try:
        signal = await read_signal(modem)
    except OSError:  # the record counts more, and delivering tells what is wrong with the modem
        return 0
    level = signal.rssi_dbm if signal.rsrp_dbm is None else signal.rsrp_dbm
    return 0 if level is None else max(LEAST_DBM, int(level))
