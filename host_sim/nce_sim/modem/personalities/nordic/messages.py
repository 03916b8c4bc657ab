"""SMS commands of the nRF91 modem (D: nRF9160 AT commands, "SMS") and of its applications (S).

+CNMI +CMGF +CMGS +CPMS +CNMA %XSMMA, and #XSMS of SLM from 2021 on and of Serial Modem

    AT+CNMI=3,2,0,1                     one client; AT+CNMI=0,0,0,0 gives it up
    AT+CMGS=<length><CR><PDU><Ctrl-Z>   one command: there is no prompt
    AT+CNMA=1                           at once after each +CMT and +CDS

Text mode, memories and whatever reads them are not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.sms_messages import check_sim, parsed_pdu, submit
from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed, MessageFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic.memory import NordicRam
from nce_sim.modem.personalities.nordic.messaging import MOST_PARTS, Client, messaging_of
from nce_sim.modem.personality import CommandTable
from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.tpdu import Submit
from nce_sim.wire.sms.user_data import GSM_7_BIT, MOST_SEPTETS, UserData

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()
APPLICATION = CommandTable()

# Of TS 27.005 that the modem has not.
MISSING = (
    *("+CMGL", "+CMGR", "+CMGD", "+CMGW", "+CMSS", "+CSMP", "+CSCS", "+CSDH"),
    *("+CSCA", "+CSMS", "+CMMS", "+CSCB", "+CSAS", "+CRES"),
)
NOT_ALLOWED, NOT_EXPECTED = 302, 340
END_OF_PDU = "\x1a"
SEPTETS_OF_A_PART = MOST_SEPTETS - 7  # behind the header of a concatenated message


@COMMANDS.add("+CNMI")
def notifications(modem: Modem, command: Command) -> None:
    """`AT+CNMI=<0|3>,<0|2>,<ignored>,<0|1>`: messages and reports, or neither."""
    messaging = messaging_of(modem)
    is_host = messaging.client is Client.HOST
    if command.form is Form.READ:
        modem.info(f"+CNMI: {'3,2,0,1' if is_host else '0,0,0,0'},1")
        return
    if command.form is Form.TEST:
        modem.info("+CNMI: (0,3),(0,2),(0),(0,1),(1)")
        return
    arguments = command.set_arguments
    arguments.at_most(5)
    mode, messages, reports = (arguments.integer(i, 0, 3, default=0) for i in (0, 1, 3))
    wanted = (mode, messages, reports)
    if wanted not in ((3, 2, 1), (3, 0, 0), (0, 0, 0)):
        raise ArgumentMistake(f"CNMI of mode, mt and ds {wanted}")
    if not messages:
        if is_host:
            messaging.unregister()
    elif messaging.client is not Client.NONE:
        modem.mistake("a second SMS client", client=messaging.client.value)
        raise CommandFailed()
    else:
        messaging.register(Client.HOST)


@COMMANDS.add("+CMGF")
def message_format(modem: Modem, command: Command) -> None:
    """`AT+CMGF`: 0, PDU mode, and only for a registered client."""
    if messaging_of(modem).client is not Client.HOST:
        raise CommandFailed()
    if command.form is Form.READ:
        modem.info("+CMGF: 0")
    elif command.form is Form.TEST:
        modem.info("+CMGF: (0)")
    else:
        command.set_arguments.integer(0, 0, 0)


@COMMANDS.add("+CPMS")
def memories(modem: Modem, command: Command) -> None:
    """`AT+CPMS`: "MT" alone, of no places."""
    if command.form is Form.READ:
        modem.info('+CPMS: "MT",0,0,"MT",0,0,"MT",0,0')
    elif command.form is Form.TEST:
        modem.info('+CPMS: ("MT"),("MT"),("MT")')
    elif set(command.set_arguments.values) != {"MT"}:
        raise MessageFailed(NOT_ALLOWED)
    else:
        modem.info("+CPMS: 0,0,0,0,0,0")


def _pdu_behind(text: str) -> tuple[str, str]:
    """What stands in front of the CR, and the PDU up to its Ctrl-Z."""
    head, line_end, typed = text.partition("\r")
    if not line_end or not typed.endswith(END_OF_PDU):
        raise ArgumentMistake("the PDU belongs to the command: <CR><PDU><Ctrl-Z>")
    return head, typed[:-1]


@COMMANDS.add("+CMGS")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CMGS=<length><CR><PDU><Ctrl-Z>`: the network's reference comes back."""
    if command.form is not Form.SET:
        raise CommandFailed()
    check_sim(modem)
    head, typed = _pdu_behind(command.text)
    length = Command(command.name, Form.SET, head).arguments.integer(0, 1, 180)
    try:
        reference = yield from submit(modem, parsed_pdu(modem, typed, length)[1])
    except MessageFailed as failure:
        modem.ram.of(NordicRam).last_failure = f"SMS {failure.cme}"
        raise
    modem.info(f"+CMGS: {reference}")
    return None


@COMMANDS.add("+CNMA")
def acknowledge(modem: Modem, command: Command) -> None:
    """`AT+CNMA[=<0|1>]`: it was taken; `=2,<length><CR><PDU><Ctrl-Z>`: it was not."""
    if command.form is Form.TEST:
        modem.info("+CNMA: (0-2)")
        return
    answer = 0
    if command.form is Form.SET:
        head = _pdu_behind(command.text)[0] if "\r" in command.text else command.text
        answer = Command(command.name, Form.SET, head).arguments.integer(0, 0, 2)
    messaging = messaging_of(modem)
    if not messaging.is_unacknowledged:
        raise MessageFailed(NOT_EXPECTED)
    messaging.acknowledge(is_taken=answer != 2)


@COMMANDS.add("%XSMMA")
def memory_available(modem: Modem, command: Command) -> None:
    """`AT%XSMMA`: there is room again for what was refused."""
    messaging_of(modem).memory_available()


@APPLICATION.add("#XSMS")
def application(modem: Modem, command: Command) -> Steps:
    """`AT#XSMS=1` starts, `=0` stops, `=2,"number","text"` sends: OK, without a reference."""
    messaging = messaging_of(modem)
    is_on = messaging.client is Client.APPLICATION
    if command.form is Form.READ:
        modem.info(f"#XSMS: {int(is_on)}")
        return None
    if command.form is Form.TEST:
        modem.info("#XSMS: (0,1,2),<number>,<message>")
        return None
    arguments = command.set_arguments
    operation = arguments.integer(0, 0, 2)
    if operation == 1:
        if messaging.client is Client.HOST:
            modem.mistake("XSMS beside AT+CNMI")
            raise CommandFailed()
        if not is_on:
            messaging.register(Client.APPLICATION)
        return None
    if not is_on:
        modem.mistake("XSMS that was not started")
        raise CommandFailed()
    if operation == 0:
        messaging.unregister()
        return None
    check_sim(modem)
    for tpdu in _parts(arguments.text(1), arguments.text(2)):
        yield from submit(modem, tpdu)
    return None


def _parts(number: str, text: str) -> list[bytes]:
    """The TPDUs of a text of the default alphabet."""
    try:
        destination, septets = PhoneNumber(number), gsm7.encode(text)
        if len(septets) <= MOST_SEPTETS:
            return [Submit(destination, UserData(GSM_7_BIT, b"", septets)).encode()]
        pieces = [
            septets[i : i + SEPTETS_OF_A_PART] for i in range(0, len(septets), SEPTETS_OF_A_PART)
        ]
        if len(pieces) > MOST_PARTS:
            raise TpduMistake(f"{len(pieces)} parts, {MOST_PARTS} are sent")
        return [
            Submit(
                destination,
                UserData(GSM_7_BIT, bytes((5, 0, 3, 0, len(pieces), place)), piece),
            ).encode()
            for place, piece in enumerate(pieces, 1)
        ]
    except TpduMistake as mistake:
        raise ArgumentMistake(str(mistake)) from mistake
