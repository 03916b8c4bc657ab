"""What the modem knows of the device: its battery, and the signal.

    charge = await read_battery(modem)
    charge.percent, charge.millivolts       # None where the modem does not tell
    await signal_dbm(modem)                 # 0 while it is not known
    await status_record(modem, "0.1.0")     # both, for `status_template.json`

The battery is the modem's supply, by AT+CBC (TS 27.007, 8.4). A modem that does not know the
command, and one that is not attached, costs no record: what is not known is left open.
"""

from collections import namedtuple

from nce_modem.signal import read_signal

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem, NamedTuple

    class Battery(NamedTuple):
        percent: "int | None"
        millivolts: "int | None"

else:
    Battery = namedtuple("Battery", ("percent", "millivolts"))  # type: ignore[no-redef]

NOTHING = Battery(None, None)
LEAST_DBM = -128  # of a signed byte
MOST_MILLIVOLTS = 30_000
PERCENT_UNKNOWN = 255


def battery_of(values: "list[str]") -> "Battery":
    """Of `bcs,bcl[,millivolts]`, or of SIMCom's `3.749V`; what is out of range is not known."""
    if len(values) == 1 and values[0][-1:] == "V":
        volts, _, fraction = values[0][:-1].partition(".")
        digits = volts and volts + (fraction + "000")[:3]
        return Battery(None, _within(digits, MOST_MILLIVOLTS))
    if len(values) < 2:
        return NOTHING
    millivolts = _within(values[2], MOST_MILLIVOLTS) if len(values) > 2 else None
    return Battery(_within(values[1], 100), millivolts)


def _within(text: str, most: int) -> "int | None":
    """A whole number from 0 to `most`, else None."""
    if not 0 < len(text) <= 9 or text.strip("0123456789"):
        return None
    number = int(text)
    return number if number <= most else None


async def read_battery(modem: "Modem") -> "Battery":
    """The battery, as far as the modem tells; never an error of the line."""
    if modem.address is None:  # not attached: delivering tells what is wrong with the modem
        return NOTHING
    try:
        answers = await modem.family.ask_fields(modem.link, "AT+CBC")
    except OSError:  # the record counts more
        return NOTHING
    return battery_of(answers[-1]) if answers else NOTHING


async def signal_dbm(modem: "Modem") -> int:
    """RSRP, or RSSI where that is all there is, in whole dBm from -128; 0 while not known."""
    if modem.address is None:
        return 0
    try:
        signal = await read_signal(modem)
    except OSError:
        return 0
    level = signal.rssi_dbm if signal.rsrp_dbm is None else signal.rsrp_dbm
    return 0 if level is None else max(LEAST_DBM, int(level))


async def status_record(modem: "Modem", version: str) -> "dict[str, Any]":
    """What 1NCE's C SDK sends: battery in percent, 255 for unknown; signal in dBm; version."""
    percent = (await read_battery(modem)).percent
    return {
        "battery_level": PERCENT_UNKNOWN if percent is None else percent,
        "signal_strength": await signal_dbm(modem),
        "software_version": version,
    }
