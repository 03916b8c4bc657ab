"""How short messages are written, kept and told. 3GPP TS 27.005, 3.1 to 3.4.

+CSMS +CMGF +CSCS +CSDH +CSMP +CSCA +CNMI +CPMS +CSCB +CSAS +CRES
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form, Quoted
from nce_sim.modem.line.results import CommandFailed, MessageFailed
from nce_sim.modem.memory import Notifications, TextParameters
from nce_sim.modem.personality import CommandTable
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

CHARACTER_SETS = ("GSM", "IRA", "UCS2")
NOTIFICATION_RANGES = ((0, 2), (0, 3), (0, 2), (0, 2), (0, 1))


@COMMANDS.add("+CSMS")
def service(modem: Modem, command: Command) -> None:
    """`AT+CSMS`: phase 2 (0) or 2+ (1); both kinds of messages are there, no broadcasts."""
    if command.form is Form.TEST:
        modem.info("+CSMS: (0,1)")
    elif command.form is Form.READ:
        modem.info(f"+CSMS: {modem.ram.sms.phase},1,1,0")
    elif command.form is Form.SET:
        modem.ram.sms.phase = command.arguments.integer(0, 0, 1)
        modem.info("+CSMS: 1,1,0")
    else:
        raise CommandFailed()


def _switched(modem: Modem, command: Command, now: int) -> int:
    """What `AT+CMGF` or `AT+CSDH` leaves a switch at."""
    if command.form is Form.TEST:
        modem.info(f"{command.name}: (0,1)")
        return now
    if command.form is Form.READ:
        modem.info(f"{command.name}: {now}")
        return now
    return command.arguments.integer(0, 0, 1, default=0) if command.form is Form.SET else 0


@COMMANDS.add("+CMGF")
def message_format(modem: Modem, command: Command) -> None:
    """`AT+CMGF`: 0 PDU mode, 1 text mode."""
    modem.ram.sms.is_text_mode = _switched(modem, command, modem.ram.sms.is_text_mode)


@COMMANDS.add("+CSDH")
def details(modem: Modem, command: Command) -> None:
    """`AT+CSDH`: whether text mode shows all fields."""
    modem.ram.sms.shows_details = _switched(modem, command, modem.ram.sms.shows_details)


@COMMANDS.add("+CSCS")
def character_set(modem: Modem, command: Command) -> None:
    """`AT+CSCS`: the character set of texts and numbers (TS 27.007, 5.5)."""
    if command.form is Form.TEST:
        modem.info('+CSCS: ("GSM","IRA","UCS2")')
    elif command.form is Form.READ:
        modem.info(f'+CSCS: "{modem.messaging.character_set}"')
    elif command.form is Form.SET:
        name = command.arguments.text(0)
        if name not in CHARACTER_SETS:
            raise ArgumentMistake(f"character set {name!r} is none of {CHARACTER_SETS}")
        modem.ram.sms.character_set = name
    else:
        raise CommandFailed()


@COMMANDS.add("+CSMP")
def text_parameters(modem: Modem, command: Command) -> None:
    """`AT+CSMP`: first octet, validity, protocol and coding of texts to come."""
    now = modem.ram.sms.parameters
    if command.form is Form.READ:
        modem.info(f"+CSMP: {','.join(map(str, now))}")
    elif command.form is Form.SET:
        arguments = command.arguments
        if arguments.is_given(1) and isinstance(arguments.values[1], Quoted):
            raise MessageFailed(303)  # an absolute validity period
        modem.ram.sms.parameters = TextParameters(
            *(
                arguments.integer(position, 0, 255, default=each)
                for position, each in enumerate(now)
            )
        )
    elif command.form is Form.EXECUTE:
        raise CommandFailed()


@COMMANDS.add("+CSCA")
def service_centre(modem: Modem, command: Command) -> None:
    """`AT+CSCA`: the service centre's number; kept on the card."""
    messaging = modem.messaging
    if command.form is Form.READ:
        number = PhoneNumber(messaging.smsc)
        modem.info(f"+CSCA: {messaging.number(number)},{number.toa}")
    elif command.form is Form.SET:
        text = command.arguments.text(0)
        type_of_address = command.arguments.integer(1, 0, 255, default=-1)
        try:
            number = PhoneNumber(messaging.decoded(text))
            number.encode_centre()
        except TpduMistake as mistake:
            raise ArgumentMistake(str(mistake)) from mistake
        plus = "+" if type_of_address == 145 and not number.text.startswith("+") else ""
        modem.nvm.sms.centre = plus + number.text
    elif command.form is Form.EXECUTE:
        raise CommandFailed()


def wanted_notifications(modem: Modem, arguments: Arguments) -> Notifications:
    """What `AT+CNMI=…` asks for; what it leaves out stays as it is."""
    now = modem.ram.sms.notifications
    arguments.at_most(5)
    return Notifications(
        *(
            arguments.integer(position, low, high, default=now[position])
            for position, (low, high) in enumerate(NOTIFICATION_RANGES)
        )
    )


@COMMANDS.add("+CNMI")
def notifications(modem: Modem, command: Command) -> None:
    """`AT+CNMI`: how messages and reports are told as they come."""
    now = modem.ram.sms.notifications
    if command.form is Form.TEST:
        shown = ",".join(
            f"({','.join(map(str, range(low, high + 1)))})" for low, high in NOTIFICATION_RANGES
        )
        modem.info(f"+CNMI: {shown}")
    elif command.form is Form.READ:
        modem.info(f"+CNMI: {','.join(map(str, now))}")
    elif command.form is Form.SET:
        modem.ram.sms.notifications = wanted_notifications(modem, command.arguments)
    else:
        modem.ram.sms.notifications = Notifications(0, 0, 0, 0, 0)


@COMMANDS.add("+CPMS")
def memories(modem: Modem, command: Command) -> None:
    """`AT+CPMS`: which memory is read, written, received into."""
    messaging = modem.messaging
    store = messaging.store
    if command.form is Form.TEST:
        names = ",".join(f'"{name}"' for name in store.names)
        modem.info(f"+CPMS: ({names}),({names}),({names})")
    elif command.form is Form.READ:
        shown = ",".join(f'"{name}",{store.usage(name)}' for name in messaging.memories)
        modem.info(f"+CPMS: {shown}")
    elif command.form is Form.SET:
        chosen = []
        command.arguments.at_most(3)
        for position, now in enumerate(messaging.memories):
            name = command.arguments.text(position, now)
            if name not in store.names:
                raise MessageFailed(302)
            chosen.append(name)
        read, written, received = chosen
        modem.nvm.sms.memories = (read, written, received)
        modem.info(f"+CPMS: {','.join(store.usage(name) for name in chosen)}")
    else:
        raise CommandFailed()


@COMMANDS.add("+CSCB")
def broadcasts(modem: Modem, command: Command) -> None:
    """`AT+CSCB`: cell broadcasts, of which there are none."""
    if command.form is Form.READ:
        modem.info('+CSCB: 0,"",""')


@COMMANDS.add("+CSAS", "+CRES")
def settings_store(modem: Modem, command: Command) -> None:
    """`AT+CSAS` keeps the settings of texts, `AT+CRES` brings them back."""
    if command.form is Form.TEST:
        modem.info(f"{command.name}: (0)")
    elif command.name == "+CSAS":
        modem.nvm.sms.parameters = modem.ram.sms.parameters
    else:
        modem.ram.sms.parameters = modem.nvm.sms.parameters
