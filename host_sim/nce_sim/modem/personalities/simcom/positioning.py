"""SIMCom's receivers: CGNSPWR and CGNSINF, CGNSSPWR and CGNSSINFO, CGPS and CGPSINFO.

SIM7000 AT manual, 14.2 (D); A76XX AT manual V1.09, 24, as drivers quote its table (S); what
SIM7070 and SIM7080 answer (S: 18 fields) and SIM7600 (S).

AT+CGNSINF
+CGNSINF: 1,1,20220112234948.000,47.211150,-1.566408,31.500,0.00,224.1,1,,1.9,2.1,1.0,,13,4,,,42,,
AT+CGNSSINFO
+CGNSSINFO: 2,09,05,00,3113.330650,N,12121.262554,E,131117,091918.0,32.9,0.0,255.0,1.1,0.8,0.7
AT+CGPSINFO
+CGPSINFO: 3433.035574,S,05829.585934,W,310520,210511.0,6.6,0.0,0.0
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import FULL
from nce_sim.sky.written import KNOT_MPS, MPS_IN_KMH, fixed, minutes

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.receiver import Position

CGNS_COMMANDS = CommandTable()
SIM7000_COMMANDS = CommandTable()
SIM7080_COMMANDS = CommandTable()
A76XX_COMMANDS = CommandTable()
SIM7600_COMMANDS = CommandTable()

# SIM7500_SIM7600 manual, 16.1, by a translation (S): 2 to 30 s until it may be started again.
REST_MS = 3_000
READY_MS = 10_000  # S: until `+CGNSSPWR: READY!`
PDOP_OF_HDOP, VDOP_OF_HDOP = Decimal("1.3"), Decimal("0.8")  # [I]


@CGNS_COMMANDS.add("+CGNSPWR")
def power(modem: Modem, command: Command) -> None:
    """`AT+CGNSPWR=<0 or 1>`: the supply of the receiver; not kept (14.2.1)."""
    if command.form is Form.READ:
        modem.info(f"+CGNSPWR: {int(modem.receiver.is_on)}")
    elif command.form is Form.TEST:
        modem.info("+CGNSPWR: (0-1)")
    elif command.set_arguments.integer(0, 0, 1):
        modem.receiver.start()
        is_shared = modem.personality.hooks.receiver_is_blocked(modem)
        if is_shared and modem.radio.function == FULL:
            modem.mistake("the receiver is on while LTE has the radio")
    else:
        modem.receiver.stop()


@CGNS_COMMANDS.add("+CGNSCOLD", "+CGNSWARM", "+CGNSHOT")
def start(modem: Modem, command: Command) -> None:
    """`AT+CGNSCOLD` and the others: start over (14.2.5 to 14.2.7)."""
    if command.form is not Form.EXECUTE:
        return
    modem.receiver.stop()
    if command.name == "+CGNSCOLD":
        modem.receiver.forget()
    modem.receiver.start()


def _cgnsinf(modem: Modem, command: Command) -> list[str] | None:
    """The fields up to the satellites in view; None when there is nothing to tell."""
    if command.form is not Form.EXECUTE:
        return None
    receiver = modem.receiver
    if not receiver.is_on:
        return ["0", *[""] * 14]
    found, in_view = receiver.position, str(receiver.satellites_in_view)
    if found is None:
        time = f"{receiver.time:%Y%m%d%H%M%S}.000"
        return ["1", "0", time, "", "", "", "0.00", "0.0", "0", *[""] * 5, in_view]
    place, hdop = found.place, found.hdop
    return [
        *("1", "1", f"{found.time:%Y%m%d%H%M%S}.000"),
        *(fixed(place.latitude, 6), fixed(place.longitude, 6), fixed(place.altitude_m, 3)),
        *(fixed(place.speed_mps * MPS_IN_KMH, 2), fixed(place.course_deg, 1), "1", ""),
        *(fixed(hdop, 1), fixed(hdop * PDOP_OF_HDOP, 1), fixed(hdop * VDOP_OF_HDOP, 1), ""),
        in_view,
    ]


@SIM7000_COMMANDS.add("+CGNSINF")
def information(modem: Modem, command: Command) -> None:
    """`AT+CGNSINF`: 21 fields; used, GLONASS used, C/N0, and what is left empty (14.2.2)."""
    fields = _cgnsinf(modem, command)
    if fields is not None:
        found = modem.receiver.position
        used = ["0" if modem.receiver.is_on else "", "", "", "", "", ""]
        if found is not None:
            used = [str(found.satellites), "0", "", "42", "", ""]
        modem.info(f"+CGNSINF: {','.join(fields + used)}")


@SIM7080_COMMANDS.add("+CGNSINF")
def short_information(modem: Modem, command: Command) -> None:
    """`AT+CGNSINF`: 18 fields; HPA and VPA at the end (S)."""
    fields = _cgnsinf(modem, command)
    if fields is not None:
        found = modem.receiver.position
        accuracy = "" if found is None else fixed(found.accuracy_m, 1)
        modem.info(f"+CGNSINF: {','.join([*fields, '', accuracy, accuracy])}")


def _nmea(found: Position) -> list[str]:
    """Degrees with minutes, date, time, altitude, knots, course."""
    place = found.place
    latitude, is_south = minutes(place.latitude, 2, 6)
    longitude, is_west = minutes(place.longitude, 3, 6)
    return [
        *(latitude, "NS"[is_south], longitude, "EW"[is_west]),
        *(f"{found.time:%d%m%y}", f"{found.time:%H%M%S}.0", fixed(place.altitude_m, 1)),
        *(fixed(place.speed_mps / KNOT_MPS, 3), fixed(place.course_deg, 1)),
    ]


@A76XX_COMMANDS.add("+CGNSSPWR")
def power_by_two_letters(modem: Modem, command: Command) -> None:
    """`AT+CGNSSPWR=<0 or 1>`: OK, and READY when it may be asked (24; S)."""
    receiver = modem.receiver
    if command.form is Form.READ:
        modem.info(f"+CGNSSPWR: {int(receiver.is_on)}")
    elif command.form is Form.TEST:
        modem.info("+CGNSSPWR: (0-1)")
    elif not command.set_arguments.integer(0, 0, 1):
        receiver.stop()
    elif not receiver.is_on:
        receiver.start()
        modem.later(READY_MS, lambda: _ready(modem))


def _ready(modem: Modem) -> None:
    if modem.receiver.is_on:
        modem.urc("+CGNSSPWR: READY!")


@A76XX_COMMANDS.add("+CGNSSINFO")
def information_by_two_letters(modem: Modem, command: Command) -> None:
    """`AT+CGNSSINFO`: kind of fix, satellites, position, PDOP, HDOP, VDOP (24; S)."""
    if command.form is not Form.EXECUTE:
        return
    if not modem.receiver.is_on:
        raise CommandFailed()  # [I]
    found = modem.receiver.position
    if found is None:
        modem.info("+CGNSSINFO: ,,,,,,,,")
        return
    hdop = found.hdop
    dops = [fixed(each, 1) for each in (hdop * PDOP_OF_HDOP, hdop, hdop * VDOP_OF_HDOP)]
    fields = ["3", f"{found.satellites:02d}", "00", "00", *_nmea(found), *dops]
    modem.info(f"+CGNSSINFO: {','.join(fields)}")


@SIM7600_COMMANDS.add("+CGPS")
def session(modem: Modem, command: Command) -> None:
    """`AT+CGPS=<0 or 1>[,…]`: refused when it is so, and soon after its end: `+CGPS: 0` (S)."""
    receiver = modem.receiver
    if command.form is Form.READ:
        modem.info(f"+CGPS: {int(receiver.is_on)},1")
        return
    is_wanted = bool(command.set_arguments.integer(0, 0, 1))
    ram, now_ms = modem.ram.of(NetRam), modem.clock.now_ms()
    if is_wanted == receiver.is_on or now_ms < ram.receiver_rests_until_ms:
        raise CommandFailed()
    if is_wanted:
        receiver.start()
    else:
        receiver.stop()
        ram.receiver_rests_until_ms = now_ms + REST_MS
        modem.later(REST_MS, lambda: modem.urc("+CGPS: 0"))


@SIM7600_COMMANDS.add("+CGPSINFO")
def session_information(modem: Modem, command: Command) -> None:
    """`AT+CGPSINFO`: nine fields, all empty without a fix (S)."""
    if command.form is Form.EXECUTE:
        found = modem.receiver.position
        modem.info(f"+CGPSINFO: {',,,,,,,,' if found is None else ','.join(_nmea(found))}")
