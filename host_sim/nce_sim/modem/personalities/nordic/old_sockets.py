"""Socket commands of SLM up to nRF Connect SDK 1.4: one socket, and spaces behind commas.

Forms are those of its documentation (serial_lte_modem/doc/TCPIP_AT_commands.rst of that SDK) and
of a log; what neither tells is in `settings.ModemSettings`.

#XSOCKET #XBIND #XCONNECT #XSEND #XSENDTO #XRECV #XRECVFROM #XGETADDRINFO

Received data stands in front of the line that tells its type and length; what is not printable
comes in hexadecimal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic.memory import NordicRam
from nce_sim.modem.personalities.nordic.security import IPPROTO_DTLS_1_2, Security
from nce_sim.modem.personalities.nordic.sockets import (
    DATAGRAM,
    DONT_WAIT,
    IPPROTO_UDP,
    SO_RCVTIMEO,
    bytes_of,
    connected,
    opened,
    received,
    selected_socket,
    sent,
    sockets_of,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import all_resolved

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST = 576  # NET_IPV4_MTU
HEXADECIMAL, PLAIN = 0, 1
EAGAIN, ENOTCONN = 11, 128  # of Zephyr's errno.h


@COMMANDS.add("#XSLMVER")
def version(modem: Modem, command: Command) -> None:
    """`AT#XSLMVER`: the application's version."""
    modem.info('#XSLMVER: "1.4.2"')


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> None:
    """`AT#XSOCKET=1,2,0[,<sec_tag>]` opens, with a tag for DTLS; `=0` closes."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        shown = "0"
        if store.selected is not None:
            is_secure = store.selected.security is not None
            shown = f"{store.selected.id}, {IPPROTO_DTLS_1_2 if is_secure else IPPROTO_UDP}, 0"
        modem.info(f"#XSOCKET: {shown}")
        return
    if command.form is Form.TEST:
        modem.info("#XSOCKET: (0, 1), (1, 2),<sec_tag>")
        return
    arguments = command.set_arguments
    if arguments.integer(0, 0, 1) == 0:
        store.close(selected_socket(modem))
        modem.info('#XSOCKET: 0, "closed"')
        return
    if arguments.integer(1, 1, 3) != DATAGRAM:
        raise CommandFailed()  # TCP and TLS: not part of this simulator
    arguments.integer(2, 0, 1, default=0)
    tag = arguments.integer(3, 0, 2_147_483_647) if arguments.is_given(3) else None
    if store.selected is not None:
        modem.mistake("XSOCKET while a socket is open")
        raise CommandFailed()
    chosen, protocol = opened(modem), IPPROTO_UDP
    if tag is not None:
        chosen.security, protocol = Security(tag), IPPROTO_DTLS_1_2
    modem.info(f"#XSOCKET: {chosen.id}, {DATAGRAM}, 0, {protocol}")


@COMMANDS.add("#XBIND")
def bind(modem: Modem, command: Command) -> None:
    """`AT#XBIND=<port>`."""
    port = sockets_of(modem).free_port(command.set_arguments.integer(0, 1, 65_535))
    if port is None:
        raise CommandFailed()
    selected_socket(modem).local_port = port


@COMMANDS.add("#XCONNECT")
def connect(modem: Modem, command: Command) -> Steps:
    """`AT#XCONNECT="host",<port>`; `?` tells whether there is a peer."""
    chosen = selected_socket(modem)
    if command.form is Form.READ:
        modem.info(f"#XCONNECT: {int(chosen.peer is not None)}")
        return None
    arguments = command.set_arguments
    yield from connected(modem, chosen, arguments.text(0), arguments.integer(1, 1, 65_535))
    modem.info("#XCONNECT: 1")
    return None


def _data(arguments: Arguments, position: int) -> bytes:
    """`<datatype>,<data>`: the type must be there (S)."""
    kind = arguments.integer(position, 0, 4)
    data = bytes_of(arguments.text(position + 1), is_hex=kind == HEXADECIMAL)
    if not 0 < len(data) <= MOST:
        raise CommandFailed()
    return data


@COMMANDS.add("#XSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT#XSEND=<datatype>,<data>`."""
    data = _data(command.set_arguments, 0)
    yield from sent(modem, selected_socket(modem), data)
    modem.info(f"#XSEND: {len(data)}")
    return None


@COMMANDS.add("#XSENDTO")
def send_to(modem: Modem, command: Command) -> Steps:
    """`AT#XSENDTO="host",<port>,<datatype>,<data>`."""
    arguments = command.set_arguments
    host, port = arguments.text(0), arguments.integer(1, 1, 65_535)
    data = _data(arguments, 2)
    yield from sent(modem, selected_socket(modem), data, host, port)
    modem.info(f"#XSENDTO: {len(data)}")
    return None


def _receive_timeout_s(modem: Modem) -> int:
    chosen = modem.ram.of(NordicRam).receive_timeout_s
    return modem.settings.old_slm_receive_timeout_s if chosen is None else chosen


@COMMANDS.add("#XRECV", "#XRECVFROM")
def receive(modem: Modem, command: Command) -> Steps:
    """`AT#XRECV[=<size>]`: the data, then its type and length; ERROR when none came in time.

    The error's number stands in front of it: nothing yet, or the socket is closed (S).
    """
    most = MOST
    if command.form is Form.SET:
        most = command.arguments.integer(0, 1, MOST, default=MOST)
    timeout_s = _receive_timeout_s(modem)
    flags = 0 if timeout_s else DONT_WAIT
    chosen = selected_socket(modem)
    try:
        _, data = yield from received(modem, chosen, timeout_s, flags, most)
    except CommandFailed:
        if chosen.is_open:
            modem.info(f"#XSOCKET: -{EAGAIN}")
        else:
            modem.info(f'#XSOCKET: -{ENOTCONN}, "closed"')
            sockets_of(modem).close(chosen)
        raise
    kind = PLAIN if all(byte in modem.settings.old_slm_text for byte in data) else HEXADECIMAL
    shown = data if kind == PLAIN else data.hex().upper().encode()
    modem.terminal.raw(shown)
    modem.info(f"{command.name}: {kind}, {len(shown)}")
    return None


@COMMANDS.add("#XSOCKETOPT")
def option(modem: Modem, command: Command) -> None:
    """`AT#XSOCKETOPT=1,20,<seconds>`: how long a receive waits."""
    arguments = command.set_arguments
    operation, name = arguments.integer(0, 0, 1), arguments.integer(1, 0, 255)
    if name != SO_RCVTIMEO:
        raise CommandFailed()
    if operation:
        modem.ram.of(NordicRam).receive_timeout_s = arguments.integer(2, 0, 600)
    else:
        modem.info(f"#XSOCKETOPT: {_receive_timeout_s(modem)}")


@COMMANDS.add("#XGETADDRINFO")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT#XGETADDRINFO="name"`: its addresses, with spaces between them (S)."""
    addresses = yield from all_resolved(modem, command.set_arguments.text(0))
    if not addresses:
        raise CommandFailed()
    modem.info(f'#XGETADDRINFO: "{" ".join(addresses)}"')
    return None
