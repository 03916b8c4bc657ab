"""The signal level in dBm and dB, from +CSQ, +CESQ and the commands of vendors.

TS 27.007, 8.5 and 8.69; TS 36.133, 9.1.4 and 9.1.7. None stands for "not known".

    signal = await read_signal(modem)
    signal.rsrp_dbm, signal.rsrq_db, signal.rssi_dbm, signal.sinr_db
    words(signal)       # "good"
"""

from collections import namedtuple

from nce_modem.at import syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, NamedTuple

    class Signal(NamedTuple):
        rssi_dbm: float | None
        rsrp_dbm: float | None
        rsrq_db: float | None
        sinr_db: float | None

else:
    Signal = namedtuple("Signal", ("rssi_dbm", "rsrp_dbm", "rsrq_db", "sinr_db"))  # type: ignore[no-redef,unused-ignore]

NOTHING = Signal(None, None, None, None)

# RSRP at least this: one word for a person (u-blox, Quectel and operators' guides agree roughly).
WORDS = ((-90, "excellent"), (-105, "good"), (-115, "fair"), (-125, "weak"))


def words(signal: "Signal") -> str:
    """`excellent` to `very weak`, `unknown`."""
    level = signal.rsrp_dbm
    if level is None:
        if signal.rssi_dbm is None:
            return "unknown"
        level = signal.rssi_dbm - 20  # a 20 dB rule of thumb between RSSI and RSRP
    for least, word in WORDS:
        if level >= least:
            return word
    return "very weak"


def from_csq(values: "list[str]") -> "Signal":
    """Of `rssi,ber`: 0 is -113 dBm or less, 31 is -51 or more, 99 unknown."""
    rssi = _number(values, 0)
    if rssi is None or not 0 <= rssi <= 31:
        return NOTHING
    return Signal(-113 + 2 * rssi, None, None, None)


def from_cesq(values: "list[str]") -> "Signal":
    """Of `rxlev,ber,rscp,ecno,rsrq,rsrp`: 99 and 255 are unknown."""
    rxlev, rsrq, rsrp = _number(values, 0), _number(values, 4), _number(values, 5)
    return Signal(
        rxlev - 111 if rxlev is not None and 0 <= rxlev <= 63 else None,
        rsrp - 141 if rsrp is not None and 0 <= rsrp <= 97 else None,
        rsrq / 2 - 20 if rsrq is not None and 0 <= rsrq <= 34 else None,
        None,
    )


def from_nordic_cesq(values: "list[str]") -> "Signal":
    """The same of Nordic, whose manual names the upper end of each step."""
    found = from_cesq(values)
    rsrp, rsrq = found.rsrp_dbm, found.rsrq_db
    return Signal(
        found.rssi_dbm,
        rsrp + 1 if rsrp is not None else None,
        rsrq + 0.5 if rsrq is not None else None,
        None,
    )


def from_qcsq(values: "list[str]") -> "Signal":
    """Of Quectel's `"CAT-M1",rssi,rsrp,sinr,rsrq`; the SINR is in fifths of a dB above -20."""
    if not values or values[0].upper() in ("NOSERVICE", ""):
        return NOTHING
    rssi = _number(values, 1)
    if rssi is not None and rssi > 0:
        rssi = -rssi  # EC2x leave the sign out
    if len(values) < 5:
        return Signal(rssi, None, None, None)  # GSM, WCDMA
    sinr = _number(values, 3)
    rsrp, rsrq = _number(values, 2), _number(values, 4)
    return Signal(rssi, rsrp, rsrq, sinr / 5 - 20 if sinr is not None else None)


def from_cpsi(values: "list[str]") -> "Signal":
    """Of SIMCom's +CPSI for LTE: `..,rsrq,rsrp,rssi,rssnr` at the end; SINR is 2 RSSNR - 20 dB."""
    if not values or not values[0].upper().startswith("LTE") or len(values) < 14:
        return NOTHING
    rssnr = _number(values, 13)
    sinr = 2 * rssnr - 20 if rssnr is not None else None
    return Signal(_number(values, 12), _number(values, 11), _number(values, 10), sinr)


def from_xmonitor(values: "list[str]") -> "Signal":
    """Of Nordic's %XMONITOR: RSRP, 140 above dBm, and SNR, 24 above dB; nothing unregistered."""
    rsrp, snr = _number(values, 10), _number(values, 11)
    return Signal(
        None,
        rsrp - 140 if rsrp is not None and 0 <= rsrp <= 97 else None,
        None,
        snr - 24 if snr is not None and 0 <= snr <= 49 else None,
    )


# The command of a vendor, which a family's profile names, and the reader of its fields.
VENDORS = {"AT+QCSQ": from_qcsq, "AT+CPSI?": from_cpsi, "AT%XMONITOR": from_xmonitor}
# Asked after it.
COMMON = (("AT+CESQ", from_cesq), ("AT+CSQ", from_csq))


async def read_signal(modem: "Modem") -> "Signal":
    """A `Signal` from all answers of the modem together; raises the errors of the line."""
    signal = NOTHING
    command = modem.family.profile.signal_command
    vendor = ((command, VENDORS[command]),) if command in VENDORS else ()
    common = COMMON
    if command == "AT%XMONITOR":
        common = (("AT+CESQ", from_nordic_cesq), COMMON[1])
    for command, read in vendor + common:
        for values in await modem.family.ask_fields(modem.link, command):
            signal = Signal(
                *[known if known is not None else new for known, new in zip(signal, read(values))]
            )
        if signal.rsrp_dbm is not None and signal.rssi_dbm is not None:
            break
    return signal


def _number(values: "list[str]", index: int) -> "int | None":
    """A field as a number with sign, None when it is none."""
    if index >= len(values):
        return None
    text = values[index]
    value = syntax.number(text.lstrip("-"))
    return -value if value is not None and text[:1] == "-" else value
