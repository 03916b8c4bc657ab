"""nRF91's receiver: #XGPS of SLM (NCS 1.6 to 2.x), #XGNSS of Serial Modem (D: "GNSS AT commands").

AT%XSYSTEMMODE=1,0,1,0
AT+CFUN=31
AT#XGNSS=1,0,0,0
#XGNSS: 1,1                         # service, status: 0 off, 1 on, 3 time-out, 4 fix
OK
#XGNSSPOS: 35.457576,139.625090,121.473785,22.199919,0.442868,0.000000,"2021-06-02 06:25:48"
#XGNSS: 1,4

Of the intervals only 0 (one fix) and 1 (a fix a second) have an effect here; 1 tells one a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.nordic.memory import NordicNvm, NordicRam
from nce_sim.modem.personality import CommandTable
from nce_sim.sky.written import fixed

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.receiver import Position

OFF, ON, TIMED_OUT, FIXED = 0, 1, 3, 4  # <gnss_status>
DEFAULT_TIMEOUT_S = 60
SINGLE, CONTINUOUS, LEAST_PERIOD = 0, 1, 10


def service_is_on(modem: Modem) -> bool:
    """Whether the system mode has the receiver, and +CFUN has activated it."""
    return bool(
        modem.nvm.of(NordicNvm).system_mode.gnss and modem.ram.of(NordicRam).gnss_is_active
    )


class Positioning:
    """The commands under the names of one application."""

    def __init__(self, name: str, position: str, *, has_assistance: bool) -> None:
        self.name = name
        self.position = position
        self.first_setting = 2 if has_assistance else 1
        self.commands = CommandTable()
        self.commands.add(name)(self.control)
        self.commands.add(f"{name}DEL")(self.delete)

    def control(self, modem: Modem, command: Command) -> None:
        """`AT#XGNSS=1,<assistance>,<interval>[,<timeout>]`; 0 stops. SLM has no assistance."""
        if command.form is Form.READ:
            self._tell(modem, modem.ram.of(NordicRam).gnss_status, is_answer=True)
            return
        if command.form is Form.TEST:
            modem.info(f"{self.name}: (0,1),<interval>,<timeout>")
            return
        arguments = command.set_arguments
        is_start = arguments.integer(0, 0, 1)
        if not is_start:
            if not modem.receiver.is_on:
                raise CommandFailed()
            modem.receiver.stop()
            self._tell(modem, OFF)
            return
        interval = arguments.integer(self.first_setting, 0, 65_535)
        if CONTINUOUS < interval < LEAST_PERIOD:
            raise CommandFailed()
        timeout_s = arguments.integer(self.first_setting + 1, 0, 65_535, DEFAULT_TIMEOUT_S)
        if modem.receiver.is_on or not service_is_on(modem):
            raise CommandFailed()
        self._tell(modem, ON, is_answer=True)
        modem.receiver.start(lambda found: self._fixed(modem, found, interval))
        started_ms = modem.receiver.on_time_ms
        if timeout_s and interval == SINGLE:
            modem.later(1_000 * timeout_s, lambda: self._timed_out(modem, started_ms))

    def delete(self, modem: Modem, command: Command) -> None:
        """`AT#XGNSSDEL=<mask>`: bit 0 are the ephemerides; not while it runs."""
        mask = command.set_arguments.integer(0, 0, 2_047)
        if modem.receiver.is_on or not service_is_on(modem):
            raise CommandFailed()
        if mask & 1:
            modem.receiver.forget()

    def _tell(self, modem: Modem, status: int, *, is_answer: bool = False) -> None:
        modem.ram.of(NordicRam).gnss_status = status
        line = f"{self.name}: {int(service_is_on(modem))},{status}"
        if is_answer:
            modem.info(line)
        else:
            modem.urc(line)

    def _fixed(self, modem: Modem, found: Position, interval: int) -> None:
        place = found.place
        values = (
            *(place.latitude, place.longitude, place.altitude_m, found.accuracy_m),
            *(place.speed_mps, place.course_deg),
        )
        shown = ",".join(fixed(value, 6) for value in values)
        modem.urc(f'{self.position}: {shown},"{found.time:%Y-%m-%d %H:%M:%S}"')
        if interval == CONTINUOUS:
            modem.receiver.start(lambda again: self._fixed(modem, again, interval))
            return
        modem.receiver.stop()
        self._tell(modem, FIXED)

    def _timed_out(self, modem: Modem, started_ms: int) -> None:
        if modem.receiver.is_on and modem.receiver.on_time_ms == started_ms:
            modem.receiver.stop()
            self._tell(modem, TIMED_OUT)


SLM = Positioning("#XGPS", "#XGPS", has_assistance=False)
SERIAL_MODEM = Positioning("#XGNSS", "#XGNSSPOS", has_assistance=True)
