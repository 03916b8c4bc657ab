"""The SIM's PIN. 3GPP TS 27.007, 7.4, 7.5 and 8.3.

+CPIN +CLCK +CPWD +CPINR
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import LOCKED, sim_trouble
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personality import CommandTable
from nce_sim.sim_card import PinLock, PinState, SimCard

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NOT_ALLOWED, SIM_PUK, WRONG = 3, 12, 16
QUERY = 2
# [U] of a card whose PIN is not asked for, as 1NCE delivers them
DELIVERED_PIN, DELIVERED_PUK = "0000", "12345678"


def _card(modem: Modem) -> SimCard:
    """The card must answer, its PIN may still be asked for."""
    trouble = sim_trouble(modem)
    if trouble is not None and trouble not in LOCKED:
        raise CommandFailed(trouble.cme)
    assert modem.sim is not None
    return modem.sim


def _failure(sim: SimCard) -> CommandFailed:
    return CommandFailed(SIM_PUK if sim.pin_state is PinState.PUK else WRONG)


@COMMANDS.add("+CPIN")
def pin(modem: Modem, command: Command) -> None:
    """`AT+CPIN?`, `AT+CPIN="pin"`, `AT+CPIN="puk","new pin"`."""
    if command.form is Form.READ:
        modem.info(f"+CPIN: {_card(modem).pin_state.value}")
    elif command.form is Form.SET:
        sim, codes = _card(modem), command.arguments.values
        if sim.lock is None or sim.pin_state is PinState.READY:
            raise CommandFailed(NOT_ALLOWED)
        if len(codes) == 2:
            is_right = sim.lock.unblock(codes[0], codes[1])
        else:
            is_right = bool(codes) and sim.lock.verify(codes[0])
        if not is_right:
            raise _failure(sim)
        modem.later(200, modem.unlocked)
    elif command.form is Form.EXECUTE:
        raise CommandFailed()


@COMMANDS.add("+CPINR")
def tries(modem: Modem, command: Command) -> None:
    """`AT+CPINR`: how many tries are left, of how many."""
    if command.form in (Form.EXECUTE, Form.SET):
        lock = _card(modem).lock
        left = (3, 10) if lock is None else (lock.pin_tries_left, lock.puk_tries_left)
        modem.info(f"+CPINR: SIM PIN,{left[0]},3")
        modem.info(f"+CPINR: SIM PUK,{left[1]},10")


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
    sim = _card(modem)
    if mode == QUERY:
        modem.info(f"+CLCK: {int(name == 'SC' and sim.lock is not None)}")
        return
    if name != "SC":
        raise CommandFailed(NOT_ALLOWED)
    code = arguments.text(2)
    if sim.lock is None and mode:
        if code != DELIVERED_PIN:
            raise CommandFailed(WRONG)
        sim.lock = PinLock(DELIVERED_PIN, puk=DELIVERED_PUK, is_verified=True)
    elif sim.lock is not None and not sim.lock.verify(code):
        raise _failure(sim)
    elif not mode:
        sim.lock = None


@COMMANDS.add("+CPWD")
def password(modem: Modem, command: Command) -> None:
    """`AT+CPWD="SC","old","new"`: another PIN."""
    if command.form is Form.TEST:
        modem.info('+CPWD: ("SC",8)')
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    sim, arguments = _card(modem), command.arguments
    if arguments.text(0) != "SC" or sim.lock is None:
        raise CommandFailed(NOT_ALLOWED)
    new_pin = arguments.text(2)
    if not sim.lock.verify(arguments.text(1)):
        raise _failure(sim)
    sim.lock.pin = new_pin
