"""The SIM's PIN and files. 3GPP TS 27.007, 7.4, 7.5, 8.3 and 8.18.

+CPIN +CLCK +CPWD +CPINR +CRSM
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import LOCKED, ready_sim, sim_trouble
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


# Elementary files by number (TS 31.102, 4.2; TS 102 221, 13.2).
EF_ICCID, EF_FORBIDDEN_PLMNS = 12258, 28539
READ_BINARY, UPDATE_BINARY = 176, 214
DONE, NOT_FOUND = "144,0", "106,130"


@COMMANDS.add("+CRSM")
def restricted_access(modem: Modem, command: Command) -> None:
    """`AT+CRSM`: read the ICCID, read and write the forbidden operators (TS 27.007, 8.18)."""
    arguments = command.set_arguments
    sim = ready_sim(modem)
    operation, file = arguments.integer(0, 0, 255), arguments.integer(1, 0, 65_535, default=0)
    if file == EF_FORBIDDEN_PLMNS and operation == UPDATE_BINARY:
        data = arguments.values[5] if len(arguments) > 5 else ""
        sim.forbidden_plmns = [plmn for i in range(0, 24, 6) if (plmn := _plmn(data[i : i + 6]))]
        modem.info(f"+CRSM: {DONE}")
        modem.radio.settings_changed()
    elif operation == READ_BINARY and file == EF_ICCID:
        modem.info(f'+CRSM: {DONE},"{_swapped(sim.iccid_with_luhn)}"')
    elif operation == READ_BINARY and file == EF_FORBIDDEN_PLMNS:
        coded = [_coded_plmn(plmn) for plmn in sim.forbidden_plmns] + ["FFFFFF"] * 4
        modem.info(f'+CRSM: {DONE},"{"".join(coded[:4])}"')
    else:
        modem.info(f"+CRSM: {NOT_FOUND}")


def _swapped(digits: str) -> str:
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))


def _coded_plmn(plmn: str) -> str:
    """MCC and MNC as TS 24.008, 10.5.1.13 has them."""
    mcc, mnc = plmn[:3], plmn[3:]
    return mcc[1] + mcc[0] + (mnc[2] if len(mnc) == 3 else "F") + mcc[2] + mnc[1] + mnc[0]


def _plmn(coded: str) -> str:
    if len(coded) != 6 or coded.upper() == "FFFFFF":
        return ""
    return (coded[1] + coded[0] + coded[3] + coded[5] + coded[4] + coded[2]).rstrip("Ff")
