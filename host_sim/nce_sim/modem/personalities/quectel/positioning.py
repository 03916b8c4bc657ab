"""Quectel's receiver: QGPS, QGPSEND, QGPSLOC, QGPSDEL, QGPSCFG.

Forms, fields and error numbers are those of public drivers and logs of BG95, BG96, EC2x (S):

AT+QGPS=1
OK
AT+QGPSLOC=2
+CME ERROR: 516                     # not fixed now; 505: not active; 504: on already
AT+QGPSLOC=2
+QGPSLOC: 113355.0,44.74770,-85.56527,1.2,192.0,2,277.11,0.0,0.0,250420,10
# UTC, latitude, longitude, HDOP, altitude, 2D or 3D, course (ddd.mm), km/h, knots, date, count
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.quectel.memory import QuectelRam
from nce_sim.modem.personality import CommandTable
from nce_sim.sky.written import KNOT_MPS, MPS_IN_KMH, fixed, minutes

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.sky import Place

COMMANDS = CommandTable()
PRIORITY = CommandTable()  # of the modems whose receiver shares the radio of LTE: BG95, BG77

INVALID, SESSION_IS_ON, NOT_ACTIVE, NOT_FIXED = 501, 504, 505, 516
ERROR_TEXTS = {
    INVALID: "invalid parameter(s)",
    SESSION_IS_ON: "session is ongoing",
    NOT_ACTIVE: "session not active",
    NOT_FIXED: "not fixed now",
}
RECEIVER_FIRST, LTE_FIRST = 0, 1  # AT+QGPSCFG="priority"


@COMMANDS.add("+QGPS")
def switch_on(modem: Modem, command: Command) -> None:
    """`AT+QGPS=1[,…]`: start a session, until `AT+QGPSEND`."""
    receiver = modem.receiver
    if command.form is Form.READ:
        modem.info(f"+QGPS: {int(receiver.is_on)}")
    elif command.form is Form.TEST:
        modem.info("+QGPS: (1-4),(1-255),(1-1000),(0-1000),(1-65535)")
    elif command.form is Form.SET:
        command.arguments.integer(0, 1, 4)
        if receiver.is_on:
            raise CommandFailed(SESSION_IS_ON)
        receiver.start()
    else:
        raise CommandFailed()


@COMMANDS.add("+QGPSEND")
def switch_off(modem: Modem, command: Command) -> None:
    """`AT+QGPSEND`: end the session."""
    if command.form is Form.EXECUTE:
        if not modem.receiver.is_on:
            raise CommandFailed(NOT_ACTIVE)
        modem.receiver.stop()


@COMMANDS.add("+QGPSDEL")
def delete(modem: Modem, command: Command) -> None:
    """`AT+QGPSDEL=0`: the next start is a cold one; 1 and 2 leave ephemerides (I)."""
    if command.set_arguments.integer(0, 0, 3) == 0:
        modem.receiver.forget()


def _nmea(place: Place, places: int, comma: str) -> str:
    latitude, is_south = minutes(place.latitude, 2, places)
    longitude, is_west = minutes(place.longitude, 3, places)
    return f"{latitude}{comma}{'NS'[is_south]},{longitude}{comma}{'EW'[is_west]}"


@COMMANDS.add("+QGPSLOC")
def location(modem: Modem, command: Command) -> None:
    """`AT+QGPSLOC=<0 to 2>`: the fix with minutes, with finer ones, or in decimal degrees."""
    if command.form is Form.TEST:
        modem.info("+QGPSLOC: (0-2)")
        return
    mode = 0 if command.form is Form.READ else command.set_arguments.integer(0, 0, 2)
    if not modem.receiver.is_on:
        raise CommandFailed(NOT_ACTIVE)
    found = modem.receiver.position
    if found is None:
        raise CommandFailed(NOT_FIXED)
    place = found.place
    if mode == 2:
        where = f"{fixed(place.latitude, 5)},{fixed(place.longitude, 5)}"
    else:
        where = _nmea(place, 6, ",") if mode else _nmea(place, 4, "")
    course, _ = minutes(place.course_deg, 1, 0)  # dddmm
    speeds = f"{fixed(place.speed_mps * MPS_IN_KMH, 1)},{fixed(place.speed_mps / KNOT_MPS, 1)}"
    modem.info(
        f"+QGPSLOC: {found.time:%H%M%S}.0,{where},{fixed(found.hdop, 1)},"
        f"{fixed(place.altitude_m, 1)},3,{course[:-2]}.{course[-2:]},{speeds},"
        f"{found.time:%d%m%y},{found.satellites:02d}"
    )


@COMMANDS.add("+QGPSCFG")
def configuration(modem: Modem, command: Command) -> None:
    """`AT+QGPSCFG="name"[,…]`: without an effect, but for "priority" where it is."""
    settings = modem.ram.of(QuectelRam).receiver_settings
    if command.form is Form.TEST:
        for name in settings:
            modem.info(f'+QGPSCFG: "{name}"')
        return
    name = command.set_arguments.text(0).lower()
    if name not in settings:
        raise CommandFailed(INVALID)
    _, comma, value = command.text.partition(",")
    if comma:
        settings[name] = value
    else:
        modem.info(f'+QGPSCFG: "{name}",{settings[name]}')


@PRIORITY.add("+QGPS")
def switch_on_a_shared_radio(modem: Modem, command: Command) -> None:
    """The same where LTE shares the radio: a receiver that comes first ends a connection (S)."""
    switch_on(modem, command)
    take_radio(modem)


def take_radio(modem: Modem) -> None:
    """End LTE's connection, when the receiver is on and comes first."""
    if modem.receiver.is_on and priority_of(modem) == RECEIVER_FIRST:
        modem.power_saving.release()


@PRIORITY.add("+QGPSCFG")
def configuration_with_priority(modem: Modem, command: Command) -> None:
    """`AT+QGPSCFG="priority"[,<0 or 1>[,<saved>]]`: whether the receiver or LTE comes first (S).

    [I]: it counts until the next start.
    """
    if command.form is not Form.SET or command.arguments.text(0).lower() != "priority":
        configuration(modem, command)
        return
    ram = modem.ram.of(QuectelRam)
    if command.arguments.is_given(1):
        ram.receiver_priority = command.arguments.integer(1, RECEIVER_FIRST, LTE_FIRST)
        take_radio(modem)
    else:
        modem.info(f'+QGPSCFG: "priority",{priority_of(modem)}')


def priority_of(modem: Modem) -> int:
    """Which of both has the radio when both want it."""
    chosen = modem.ram.of(QuectelRam).receiver_priority
    return modem.settings.quectel_gnss_priority if chosen is None else chosen
