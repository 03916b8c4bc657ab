"""Who the modem and its SIM are. 3GPP TS 27.007, 5 and 8.3; ITU-T V.250, 6.1.

+CGMI +CGMM +CGMR +CGSN +GMI +GMM +GMR +GSN +CIMI +CCLK +CNUM
"""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import MINIMUM
from nce_sim.sim_card import PinState, SimCard

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()


class SimTrouble(enum.Enum):
    """Why the SIM does not serve a command: `+CME ERROR` (TS 27.007, 9.2), `+CMS ERROR` of it."""

    UNNAMED = (None, 313)  # of families that say ERROR alone
    NOT_INSERTED = (10, 310)
    PIN = (11, 311)
    PUK = (12, 316)
    FAILURE = (13, 313)
    BUSY = (14, 314)

    def __init__(self, cme: int | None, cms: int) -> None:
        self.cme = cme
        self.cms = cms


LOCKED = (SimTrouble.PIN, SimTrouble.PUK)


def sim_trouble(modem: Modem) -> SimTrouble | None:
    """Why the SIM does not answer, or wants its PIN; None when it is ready."""
    if modem.personality.sim_errors_are_bare and not modem.sim_is_ready:
        return SimTrouble.UNNAMED
    if modem.sim is None:
        return SimTrouble.NOT_INSERTED
    if modem.radio.function == MINIMUM:
        off_cme = modem.personality.sim_off_cme
        return next(trouble for trouble in SimTrouble if trouble.cme == off_cme)
    if not modem.sim_is_ready:
        return SimTrouble.BUSY
    if modem.sim.pin_state is not PinState.READY:
        return SimTrouble.PIN if modem.sim.pin_state is PinState.PIN else SimTrouble.PUK
    return None


def ready_sim(modem: Modem) -> SimCard:
    """The SIM, when it is ready; otherwise the command fails."""
    trouble = sim_trouble(modem)
    if trouble is not None:
        raise CommandFailed(trouble.cme)
    assert modem.sim is not None
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


def shown_time(modem: Modem) -> datetime.datetime:
    """What the modem's clock shows: the network's time once registered, or since its epoch."""
    is_network_time = modem.radio.is_registered and not modem.ram.clock_is_stuck
    is_network_time &= modem.personality.hooks.takes_network_time(modem)
    if is_network_time:
        modem.ram.clock_start_s = modem.calendar_start_s
    start = modem.ram.clock_start_s
    if start is None:
        start = modem.personality.unset_clock_s
    now_s = modem.clock.now_ms() // 1000
    return datetime.datetime.fromtimestamp(start + now_s, datetime.UTC)


@COMMANDS.add("+CCLK")
def clock(modem: Modem, command: Command) -> None:
    """The time: the network's once registered, counted from the family's epoch before (8.15)."""
    if command.form is Form.READ:
        modem.info(f'+CCLK: "{shown_time(modem):%y/%m/%d,%H:%M:%S}+00"')
    elif command.form is Form.SET:
        text = command.arguments.text(0)
        try:
            moment = datetime.datetime.strptime(text[:17], "%y/%m/%d,%H:%M:%S")
            quarters = int(text[17:] or "0")
        except ValueError as error:
            raise ArgumentMistake(f"{text!r} is no time, yy/MM/dd,hh:mm:ss+zz") from error
        utc = moment.replace(tzinfo=datetime.UTC)
        start = int(utc.timestamp()) - quarters * 900 - modem.clock.now_ms() // 1000
        modem.ram.clock_start_s = start
    elif command.form is Form.TEST:
        return
    else:
        raise CommandFailed()
