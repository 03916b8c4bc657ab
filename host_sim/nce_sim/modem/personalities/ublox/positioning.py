"""The u-blox receiver beside a SARA: UGPS, ULOC (S: as public drivers have them).

AT+UGPS=1,0,3                       # on, no aiding, GPS and SBAS
AT+ULOC=2,1,1,180,50                # one position, by the receiver, in detail; limit, accuracy
OK
+UULOC: 25/09/2013,10:13:29.000,45.7140971,13.7409172,266,17,0,0,18,1,6,3,9
# …, altitude, uncertainty, speed, direction, vertical accuracy, sensor, satellites, antenna, …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.ublox.sockets import NOT_ALLOWED
from nce_sim.modem.personality import CommandTable
from nce_sim.sky.written import fixed

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.receiver import Position

COMMANDS = CommandTable()

ONE_POSITION, BY_RECEIVER, IN_DETAIL = 2, 1, 1  # <mode>, <sensor>, <response_type>
NOTHING = "0.0000000,0.0000000,0,20000000"  # [U] the result at the limit without a position


@COMMANDS.add("+UGPS")
def supply(modem: Modem, command: Command) -> None:
    """`AT+UGPS=<0 or 1>[,<aiding>[,<systems>]]`; [U] the error when no receiver answers."""
    if command.form is Form.READ:
        modem.info(f"+UGPS: {int(modem.receiver.is_on)},0,3")
        return
    if command.set_arguments.integer(0, 0, 1):
        if not modem.receiver.is_fitted or modem.receiver.is_on:
            raise CommandFailed(NOT_ALLOWED)
        modem.receiver.start()
    else:
        modem.receiver.stop()


@COMMANDS.add("+ULOC")
def locate(modem: Modem, command: Command) -> None:
    """`AT+ULOC=2,1,<response>,<limit s>,<accuracy m>`: OK, then one result (S)."""
    arguments = command.set_arguments
    is_known = arguments.integer(0, 0, 3) == ONE_POSITION
    if not (is_known and arguments.integer(1, 0, 31) == BY_RECEIVER):
        raise CommandFailed(NOT_ALLOWED)  # cells and the others are not simulated
    is_detailed = arguments.integer(2, 0, 2) == IN_DETAIL
    limit_s = arguments.integer(3, 1, 999)
    arguments.integer(4, 1, 999_999)
    if not modem.receiver.is_on:
        raise CommandFailed(NOT_ALLOWED)
    modem.receiver.start(lambda found: _tell(modem, found, is_detailed))
    started_ms = modem.receiver.on_time_ms
    modem.later(1_000 * limit_s, lambda: _limit(modem, started_ms, is_detailed))


def _limit(modem: Modem, started_ms: int, is_detailed: bool) -> None:
    receiver = modem.receiver
    if receiver.is_on and receiver.is_awaited and receiver.on_time_ms == started_ms:
        receiver.start(None)
        _tell(modem, None, is_detailed)


def _tell(modem: Modem, found: Position | None, is_detailed: bool) -> None:
    time = modem.receiver.time
    shown, details = NOTHING, ",0,0,0,1,0,3,0"
    if found is not None:
        place = found.place
        shown = (
            f"{fixed(place.latitude, 7)},{fixed(place.longitude, 7)},"
            f"{fixed(place.altitude_m, 0)},{fixed(found.accuracy_m, 0)}"
        )
        details = (
            f",{fixed(place.speed_mps, 0)},{fixed(place.course_deg, 0)},"
            f"{fixed(found.accuracy_m, 0)},1,{found.satellites},3,9"
        )
    tail = details if is_detailed else ""
    modem.urc(f"+UULOC: {time:%d/%m/%Y},{time:%H:%M:%S}.000,{shown}{tail}")
