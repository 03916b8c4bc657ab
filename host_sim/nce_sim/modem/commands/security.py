"""The SIM's PIN. 3GPP TS 27.007, 7.4, 7.5 and 8.3.

+CPIN +CLCK +CPWD +CPINR
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.grammar import Command, Form
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.results import CommandFailed

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NOT_ALLOWED, SIM_PIN, SIM_PUK, WRONG = 3, 11, 12, 16
QUERY = 2


def _card(modem: Modem) -> None:
    """The card must answer, its PIN may still be asked for."""
    try:
        ready_sim(modem)
    except CommandFailed as failure:
        if failure.cme not in (SIM_PIN, SIM_PUK):
            raise


def _failure(modem: Modem) -> CommandFailed:
    return CommandFailed(SIM_PUK if modem.sim_lock.state == "SIM PUK" else WRONG)


@COMMANDS.add("+CPIN")
def pin(modem: Modem, command: Command) -> None:
    """`AT+CPIN?`, `AT+CPIN="pin"`, `AT+CPIN="puk","new pin"`."""
    lock = modem.sim_lock
    if command.form is Form.READ:
        _card(modem)
        modem.info(f"+CPIN: {lock.state}")
    elif command.form is Form.SET:
        _card(modem)
        arguments = command.arguments
        if lock.state == "READY":
            raise CommandFailed(NOT_ALLOWED)
        if len(arguments) == 2:
            is_right = lock.unblock(arguments.values[0], arguments.values[1])
        else:
            is_right = bool(arguments.values) and lock.verify(arguments.values[0])
        if not is_right:
            raise _failure(modem)
        modem.later(200, modem.unlocked)
    elif command.form is Form.EXECUTE:
        raise CommandFailed()


@COMMANDS.add("+CPINR")
def tries(modem: Modem, command: Command) -> None:
    """`AT+CPINR`: how many tries are left, of how many."""
    if command.form in (Form.EXECUTE, Form.SET):
        _card(modem)
        modem.info(f"+CPINR: SIM PIN,{modem.sim_lock.pin_tries},3")
        modem.info(f"+CPINR: SIM PUK,{modem.sim_lock.puk_tries},10")


@COMMANDS.add("+CLCK")
def facility(modem: Modem, command: Command) -> None:
    """`AT+CLCK="SC"`: whether the PIN is asked for; other locks are off for good."""
    if command.form is Form.TEST:
        modem.info('+CLCK: ("SC","FD","PN","PU","PP","PC")')
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    name, mode = arguments.text(0), arguments.integer(1, 0, QUERY)
    _card(modem)
    if mode == QUERY:
        modem.info(f"+CLCK: {int(name == 'SC' and modem.sim_lock.is_enabled)}")
        return
    if name != "SC":
        raise CommandFailed(NOT_ALLOWED)
    if not modem.sim_lock.verify(arguments.text(2)):
        raise _failure(modem)
    modem.sim_lock.is_enabled = bool(mode)


@COMMANDS.add("+CPWD")
def password(modem: Modem, command: Command) -> None:
    """`AT+CPWD="SC","old","new"`: another PIN."""
    if command.form is Form.TEST:
        modem.info('+CPWD: ("SC",8)')
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    _card(modem)
    arguments = command.arguments
    if arguments.text(0) != "SC" or not modem.sim_lock.is_enabled:
        raise CommandFailed(NOT_ALLOWED)
    if not modem.sim_lock.change(arguments.text(1), arguments.text(2)):
        raise _failure(modem)
