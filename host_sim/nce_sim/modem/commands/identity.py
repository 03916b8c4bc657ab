"""Who the modem and its SIM are. 3GPP TS 27.007, 5 and 8.3; ITU-T V.250, 6.1.

+CGMI +CGMM +CGMR +CGSN +GMI +GMM +GMR +GSN +CIMI +CPIN +CCLK +CSCS +CNUM
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from nce_sim.modem.grammar import Command, Form
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.results import CommandFailed
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

SIM_NOT_INSERTED, SIM_FAILURE, SIM_BUSY = 10, 13, 14


def ready_sim(modem: Modem) -> SimCard:
    """The SIM, when it answers; fails the command as TS 27.007 9.2 has it when not."""
    if modem.sim is None:
        raise CommandFailed(SIM_NOT_INSERTED)
    if modem.radio.function == 0:
        raise CommandFailed(SIM_FAILURE)
    if not modem.sim_is_ready:
        raise CommandFailed(SIM_BUSY)
    return modem.sim


@COMMANDS.add("+CGMI", "+GMI")
def manufacturer(modem: Modem, command: Command) -> None:
    """The manufacturer's name."""
    if command.form is not Form.TEST:
        modem.info(modem.personality.manufacturer)


@COMMANDS.add("+CGMM", "+GMM")
def model(modem: Modem, command: Command) -> None:
    """The model's name."""
    if command.form is not Form.TEST:
        modem.info(modem.personality.model)


@COMMANDS.add("+CGMR", "+GMR")
def revision(modem: Modem, command: Command) -> None:
    """The firmware revision."""
    if command.form is not Form.TEST:
        modem.info(modem.personality.revision)


@COMMANDS.add("+CGSN", "+GSN")
def imei(modem: Modem, command: Command) -> None:
    """The IMEI: bare digits, or quoted when asked for by `=1`."""
    if command.form is Form.SET:
        if command.arguments.integer(0, 0, 3) == 1:
            modem.info(f'+CGSN: "{modem.imei}"')
        else:
            modem.info(modem.imei)
    elif command.form is not Form.TEST:
        modem.info(modem.imei)


@COMMANDS.add("+CIMI")
def imsi(modem: Modem, command: Command) -> None:
    """The IMSI: fifteen bare digits."""
    if command.form is not Form.TEST:
        modem.info(ready_sim(modem).imsi)


@COMMANDS.add("+CNUM")
def own_number(modem: Modem, command: Command) -> None:
    """The MSISDN."""
    if command.form is not Form.TEST:
        modem.info(f'+CNUM: ,"+{ready_sim(modem).msisdn}",145')


@COMMANDS.add("+CSCS")
def character_set(modem: Modem, command: Command) -> None:
    """`AT+CSCS`: the character set of texts."""
    if command.form is Form.TEST:
        modem.info('+CSCS: ("GSM","IRA","UCS2")')
    elif command.form is Form.READ:
        modem.info(f'+CSCS: "{modem.ram.get("CSCS", "GSM")}"')
    elif command.form is Form.SET:
        modem.ram["CSCS"] = command.arguments.text(0)


@COMMANDS.add("+CPIN")
def pin(modem: Modem, command: Command) -> None:
    """The SIM's lock: 1NCE's cards ask for no PIN."""
    if command.form is Form.READ:
        ready_sim(modem)
        modem.info("+CPIN: READY")
    elif command.form is Form.SET:
        raise CommandFailed(3)


@COMMANDS.add("+CCLK")
def clock(modem: Modem, command: Command) -> None:
    """The time: the network's once registered, counted from 1980-01-06 before (8.15)."""
    if command.form is Form.READ:
        if modem.radio.is_registered:
            modem.ram["time_is_set"] = True
        seconds = modem.clock.now_ms() // 1000
        start = modem.calendar_start_s if modem.ram.get("time_is_set") else 315_964_800
        moment = datetime.datetime.fromtimestamp(start + seconds, datetime.timezone.utc)
        modem.info(f'+CCLK: "{moment:%y/%m/%d,%H:%M:%S}+00"')
    elif command.form is Form.SET:
        command.arguments.text(0)
