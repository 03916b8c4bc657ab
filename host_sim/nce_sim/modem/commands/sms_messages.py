"""Short messages sent, stored, listed, read and deleted. 3GPP TS 27.005, 3.4, 3.5 and 4.

+CMGS +CMGW +CMSS +CMGL +CMGR +CMGD +CNMA +CMMS +CMGC
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nce_sim.modem.commands.identity import sim_trouble
from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form, Quoted
from nce_sim.modem.line.results import CommandFailed, MessageFailed
from nce_sim.modem.line.steps import PROMPT, Pause, Prompt, Step, Steps
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sms.store import ALL, READ, SENT, STATUS_TEXTS, UNREAD, UNSENT, Message
from nce_sim.sms.centre import SmsRejected
from nce_sim.wire.sms.address import PhoneNumber, parse_centre
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.tpdu import Submit
from nce_sim.wire.sms.user_data import GSM_7_BIT, UserData, alphabet_of

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

SUBMIT_MS = 400
SUBMIT_LIMIT_S = 120  # while a receiver of satellites has the radio; I
NO_NETWORK, BAD_PDU, BAD_TEXT, BAD_INDEX, FULL = 331, 304, 305, 321, 322
Written = Generator[Step, Any, tuple[str, bytes] | None]


def check_sim(modem: Modem) -> None:
    """The SIM must be ready; otherwise the command fails."""
    trouble = sim_trouble(modem)
    if trouble is not None:
        raise MessageFailed(trouble.cms)


def _written(modem: Modem, arguments: Arguments) -> Written:
    """Prompt for a message: the service centre and the TPDU; None when it was cancelled."""
    if modem.messaging.is_text_mode:
        return (yield from _written_text(modem, arguments))
    length = arguments.integer(0, 1, 180)
    typed = yield Prompt(None, echo=bool(modem.ram.line.echo), line_text=b"")
    return None if typed is None else parsed_pdu(modem, typed.decode("latin-1"), length)


def parsed_pdu(modem: Modem, typed: str, length: int) -> tuple[str, bytes]:
    """The service centre and the TPDU of `length` octets in hexadecimal digits."""
    try:
        octets = bytes.fromhex(typed.strip())
        start = octets[0] + 1
        tpdu = octets[start:]
        Submit.parse(tpdu)
        centre = parse_centre(octets[1:start])
    except (ValueError, IndexError) as error:
        modem.mistake("bad PDU", what=str(error))
        raise MessageFailed(BAD_PDU) from None
    if len(tpdu) != length:
        modem.mistake("PDU length", declared=length, found=len(tpdu))
        raise MessageFailed(BAD_PDU)
    return centre.text, tpdu


def _destination(modem: Modem, arguments: Arguments, position: int) -> PhoneNumber:
    try:
        text = modem.messaging.decoded(arguments.text(position))
        toa = arguments.integer(position + 1, 0, 255, default=-1)
        number = PhoneNumber(text, toa)
        number.encode()
    except TpduMistake as mistake:
        raise ArgumentMistake(str(mistake)) from mistake
    return number


def _written_text(modem: Modem, arguments: Arguments) -> Written:
    destination = _destination(modem, arguments, 0)
    typed = yield Prompt(None, echo=bool(modem.ram.line.echo), line_text=PROMPT)
    if typed is None:
        return None
    first, validity, pid, dcs = modem.ram.sms.parameters
    text = typed.decode("latin-1").replace("\r\n", "\r")
    try:
        if alphabet_of(dcs) == GSM_7_BIT or modem.messaging.character_set == "UCS2":
            user_data = UserData.of_text(modem.messaging.decoded(text), dcs)
        else:
            user_data = UserData.of_octets(bytes.fromhex(text.strip()), dcs)
    except ValueError as mistake:
        modem.mistake("text of a message", what=str(mistake))
        raise MessageFailed(BAD_TEXT) from None
    vp = bytes((validity,)) if first & 0x18 else b""
    first = first & ~0x08  # only a relative validity period can be written
    return modem.messaging.smsc, Submit(destination, user_data, first, pid, vp).encode()


def submit(modem: Modem, tpdu: bytes) -> Generator[Step, Any, int]:
    """Hand a TPDU to the network; its reference."""
    if not modem.radio.is_registered:
        raise MessageFailed(NO_NETWORK)
    yield Pause(SUBMIT_MS)
    for _ in range(SUBMIT_LIMIT_S):
        if not modem.radio.is_taken:
            break
        yield Pause(1_000)
    if modem.sim is None or not modem.radio.is_registered:
        raise MessageFailed(NO_NETWORK)
    modem.power_saving.activity()
    try:
        return modem.operator.sms.submit(modem.sim, tpdu)
    except SmsRejected as rejected:
        modem.note("sms_rejected", reason=rejected.reason)
        raise MessageFailed(rejected.cms_error) from rejected


@COMMANDS.add("+CMGS")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CMGS`: prompt, message, Ctrl-Z; the network's reference comes back."""
    if command.form is Form.TEST:
        return None
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    written = yield from _written(modem, command.arguments)
    if written is not None:
        reference = yield from submit(modem, written[1])
        modem.info(f"+CMGS: {reference}")
    return None


@COMMANDS.add("+CMGW")
def write(modem: Modem, command: Command) -> Steps:
    """`AT+CMGW`: as `+CMGS`, into the memory."""
    if command.form is Form.TEST:
        return None
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    messaging, arguments = modem.messaging, command.arguments
    status = _status(arguments, 2 if messaging.is_text_mode else 1, UNSENT)
    if status not in (UNSENT, SENT):
        raise MessageFailed(302)
    written = yield from _written(modem, arguments)
    if written is not None:
        index = messaging.store.add(messaging.memories[1], Message(status, written[1], written[0]))
        if index is None:
            raise MessageFailed(FULL)
        modem.info(f"+CMGW: {index}")
    return None


@COMMANDS.add("+CMSS")
def send_stored(modem: Modem, command: Command) -> Steps:
    """`AT+CMSS`: send a message of the memory, to another number if one is given."""
    if command.form is Form.TEST:
        return None
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    arguments = command.arguments
    message = _stored(modem, arguments.integer(0, 0, 10_000), modem.messaging.memories[1])
    if message.status not in (UNSENT, SENT):
        raise MessageFailed(BAD_INDEX)
    tpdu = message.tpdu
    if arguments.is_given(1):
        tpdu = replace(Submit.parse(tpdu), destination=_destination(modem, arguments, 1)).encode()
    reference = yield from submit(modem, tpdu)
    message.status = SENT
    modem.info(f"+CMSS: {reference}")
    return None


def _stored(modem: Modem, index: int, memory: str) -> Message:
    message = modem.messaging.store.memory(memory).get(index)
    if message is None:
        raise MessageFailed(BAD_INDEX)
    return message


def _status(arguments: Arguments, position: int, default: int) -> int:
    if not arguments.is_given(position):
        return default
    value = arguments.values[position]
    if isinstance(value, Quoted):
        if value.upper() not in STATUS_TEXTS:
            raise ArgumentMistake(f"status {value!r} is none of {', '.join(STATUS_TEXTS)}")
        return STATUS_TEXTS.index(value.upper())
    return arguments.integer(position, UNREAD, ALL)


@COMMANDS.add("+CMGL")
def list_messages(modem: Modem, command: Command) -> None:
    """`AT+CMGL`: the messages of a status; unread ones are read by it, unless `,1` follows."""
    messaging = modem.messaging
    if command.form is Form.TEST:
        texts = ",".join(f'"{text}"' for text in STATUS_TEXTS)
        modem.info(f"+CMGL: ({texts})" if messaging.is_text_mode else "+CMGL: (0-4)")
        return
    if command.form is Form.READ:
        raise CommandFailed()
    check_sim(modem)
    wanted = _status(command.arguments, 0, UNREAD)
    stays_unread = command.arguments.integer(1, 0, 1, default=0)
    for index, message in sorted(messaging.store.memory(messaging.memories[0]).items()):
        if wanted not in (ALL, message.status):
            continue
        _show(modem, f"+CMGL: {index},", message)
        if message.status == UNREAD and not stays_unread:
            message.status = READ


@COMMANDS.add("+CMGR")
def read(modem: Modem, command: Command) -> None:
    """`AT+CMGR`: one message; an empty place is an error."""
    if command.form is Form.TEST:
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    arguments = command.arguments
    message = _stored(modem, arguments.integer(0, 0, 10_000), modem.messaging.memories[0])
    _show(modem, "+CMGR: ", message)
    if message.status == UNREAD and not arguments.integer(1, 0, 1, default=0):
        message.status = READ


def _show(modem: Modem, start: str, message: Message) -> None:
    messaging = modem.messaging
    if messaging.is_text_mode:
        fields, body = messaging.described(message)
        modem.info(start + fields)
        if body or message.status in (UNSENT, SENT):
            modem.info(body)
    else:
        alpha = modem.personality.messages.no_alpha
        modem.info(f"{start}{message.status},{alpha},{len(message.tpdu)}")
        modem.info(messaging.with_smsc(message.tpdu, message.smsc))


# AT+CMGD: what each <delflag> takes besides the index.
DELETED_BY_FLAG = {
    1: (READ,),
    2: (READ, SENT),
    3: (READ, SENT, UNSENT),
    4: (READ, SENT, UNSENT, UNREAD),
}


@COMMANDS.add("+CMGD")
def delete(modem: Modem, command: Command) -> None:
    """`AT+CMGD`: one message, or all of some states."""
    messaging = modem.messaging
    memory = messaging.store.memory(messaging.memories[0])
    if command.form is Form.TEST:
        modem.info(f"+CMGD: ({','.join(map(str, sorted(memory)))}),(0-4)")
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    index = command.arguments.integer(0, 0, 10_000, default=0)
    flag = command.arguments.integer(1, 0, 4, default=0)
    if flag:
        doomed = [i for i, message in memory.items() if message.status in DELETED_BY_FLAG[flag]]
    elif index < messaging.store.capacities[messaging.memories[0]]:
        doomed = [index] if index in memory else []
    else:
        raise MessageFailed(BAD_INDEX)
    for place in doomed:
        del memory[place]
    if doomed:
        messaging.place_freed()


@COMMANDS.add("+CNMA")
def acknowledge(modem: Modem, command: Command) -> None:
    """`AT+CNMA`: a pushed message arrived; only expected of phase 2+ (`AT+CSMS=1`)."""
    if command.form is Form.TEST:
        modem.info("+CNMA: (0-2)")
    elif not modem.ram.sms.phase:
        raise MessageFailed(340)


@COMMANDS.add("+CMMS")
def more_to_send(modem: Modem, command: Command) -> None:
    """`AT+CMMS`: keep the relay link open; it has no effect here."""
    if command.form is Form.TEST:
        modem.info("+CMMS: (0-2)")
    elif command.form is Form.READ:
        modem.info("+CMMS: 0")
    elif command.form is Form.SET:
        command.arguments.integer(0, 0, 2)
