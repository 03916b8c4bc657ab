"""The card behind the modem: its files and its own commands. 3GPP TS 27.007, 8.17 and 8.18.

+CRSM +CSIM, as far as what a program asks of a card at its start: identity, name of the service,
forbidden operators, and how many tries its PINs have left (ETSI TS 102 221, 11.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.sim_card import SimCard

COMMANDS = CommandTable()

# Elementary files by number (TS 31.102, 4.2; TS 102 221, 13.2).
EF_ICCID, EF_IMSI, EF_AD, EF_SPN, EF_FPLMN = 0x2FE2, 0x6F07, 0x6FAD, 0x6F46, 0x6F7B
SELECT, STATUS, READ_BINARY, UPDATE_BINARY, VERIFY, UNBLOCK = 0xA4, 0xF2, 176, 214, 0x20, 0x2C
# Status words (TS 102 221, 10.2.1).
DONE, NOT_FOUND, NO_FILE_SELECTED = "9000", "6A82", "6986"
UNKNOWN_INSTRUCTION, WRONG_LENGTH, PIN_BLOCKED = "6D00", "6700", "6983"
HEADER_DIGITS = 8
PIN1, PIN2 = 0x01, 0x81  # key references (TS 102 221, 9.5.1)
PIN_TRIES, PUK_TRIES = 3, 10
MNC_DIGITS = 2  # of 901 40
SERVICE_NAME = b"1NCE"  # [I]
SPN_BYTES = 16


def file_of(sim: SimCard, number: int) -> str | None:
    """The content of a transparent file in hexadecimal; None when it is not on the card."""
    if number == EF_ICCID:
        return swapped(sim.iccid_with_luhn)
    if number == EF_IMSI:  # TS 31.102, 4.2.2: length, then parity 9 and fifteen digits
        return "08" + swapped("9" + sim.imsi)
    if number == EF_AD:  # 4.2.18
        return f"000000{MNC_DIGITS:02X}"
    if number == EF_SPN:  # 4.2.12: the registered operator's name is shown, too
        return "01" + SERVICE_NAME.ljust(SPN_BYTES, b"\xff").hex().upper()
    if number == EF_FPLMN:  # 4.2.16
        coded = [coded_plmn(plmn) for plmn in sim.forbidden_plmns] + ["FFFFFF"] * 4
        return "".join(coded[:4])
    return None


@COMMANDS.add("+CRSM")
def restricted_access(modem: Modem, command: Command) -> None:
    """`AT+CRSM=<command>,<file>[,…]`: read a file, write the forbidden operators."""
    if command.form is Form.TEST:
        return
    arguments = command.set_arguments
    sim = ready_sim(modem)
    operation, number = arguments.integer(0, 0, 255), arguments.integer(1, 0, 65_535, default=0)
    if number == EF_FPLMN and operation == UPDATE_BINARY:
        data = arguments.values[5] if len(arguments) > 5 else ""
        sim.forbidden_plmns = [plmn for i in range(0, 24, 6) if (plmn := _plmn(data[i : i + 6]))]
        modem.info("+CRSM: 144,0")
        modem.radio.settings_changed()
        return
    content = file_of(sim, number) if operation == READ_BINARY else None
    if content is None:
        modem.info("+CRSM: 106,130")
        return
    offset = 256 * arguments.integer(2, 0, 255, default=0) + arguments.integer(
        3, 0, 255, default=0
    )
    length = arguments.integer(4, 0, 255, default=0)
    modem.info(f'+CRSM: 144,0,"{_part(content, offset, length)}"')


@COMMANDS.add("+CSIM")
def generic_access(modem: Modem, command: Command) -> None:
    """`AT+CSIM=<digits>,"<command>"`: one command of the card's own, in hexadecimal."""
    if command.form is Form.TEST:
        return
    arguments = command.set_arguments
    digits = arguments.integer(0, HEADER_DIGITS, 522)
    text = arguments.values[1] if len(arguments) > 1 else ""
    if len(text) != digits:
        raise ArgumentMistake(f"{len(text)} digits where {digits} were announced")
    try:
        request = bytes.fromhex(text)
    except ValueError as error:
        raise ArgumentMistake(str(error)) from error
    response = _card_answer(modem, ready_sim(modem), request)
    modem.info(f'+CSIM: {len(response)},"{response}"')


def _card_answer(modem: Modem, sim: SimCard, request: bytes) -> str:
    """Data and status word of one command (TS 102 221, 10.1 and 11.1)."""
    _, instruction, first, second = request[:4]
    length = request[4] if len(request) > 4 else 0
    data = request[5:]
    if instruction == STATUS:
        return DONE
    if instruction == SELECT:
        number = int.from_bytes(data[-2:], "big")
        is_there = (number >> 8) in (0x3F, 0x7F) or file_of(sim, number) is not None
        modem.ram.selected_file = number if is_there else None
        return DONE if is_there else NOT_FOUND
    if instruction == READ_BINARY:
        selected = modem.ram.selected_file
        content = None if selected is None else file_of(sim, selected)
        if content is None:
            return NO_FILE_SELECTED
        return _part(content, 256 * first + second, length) + DONE
    if instruction in (VERIFY, UNBLOCK) and second in (0, PIN1, PIN2):
        return _tries(sim, instruction, second, length)
    return UNKNOWN_INSTRUCTION


def _tries(sim: SimCard, instruction: int, reference: int, length: int) -> str:
    """Without data these commands cost no try and tell how many are left (11.1.9, 11.1.13)."""
    if length:
        return WRONG_LENGTH  # a PIN goes through AT+CPIN here
    left = PIN_TRIES if instruction == VERIFY else PUK_TRIES
    if sim.lock is not None and reference != PIN2:
        left = sim.lock.pin_tries_left if instruction == VERIFY else sim.lock.puk_tries_left
    return f"63C{left:X}" if left else PIN_BLOCKED


def _part(content: str, offset: int, length: int) -> str:
    end = 2 * (offset + length) if length else len(content)
    return content[2 * offset : end]


def swapped(digits: str) -> str:
    """Digits as the card has them: two in a byte, the first one low."""
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))


def coded_plmn(plmn: str) -> str:
    """MCC and MNC as TS 24.008, 10.5.1.13 has them."""
    mcc, mnc = plmn[:3], plmn[3:]
    return mcc[1] + mcc[0] + (mnc[2] if len(mnc) == 3 else "F") + mcc[2] + mnc[1] + mnc[0]


def _plmn(coded: str) -> str:
    if len(coded) != 6 or coded.upper() == "FFFFFF":
        return ""
    return (coded[1] + coded[0] + coded[3] + coded[5] + coded[4] + coded[2]).rstrip("Ff")
