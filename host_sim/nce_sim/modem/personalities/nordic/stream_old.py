"""TCP of Serial LTE Modem 1.x: one socket, and spaces behind commas.

#XSOCKET #XBIND #XCONNECT #XLISTEN #XACCEPT #XSEND #XRECV

sdk-nrf's serial_lte_modem of NCS 1.4, by modems_2.md, 1 [S]. What is not for TCP is passed on.

    AT#XSOCKET=1,1,0            #XSOCKET: 1, 1, 0, 6
    AT#XSEND=1,"hello"          #XSEND: 5
    AT#XRECV                    the bytes, then #XRECV: 1, 5; 0 at the peer's FIN

The connection of a server takes the place of the one socket [I].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic import old_sockets, streams
from nce_sim.modem.personalities.nordic.memory import NordicRam
from nce_sim.modem.personalities.nordic.old_sockets import HEXADECIMAL, PLAIN
from nce_sim.modem.personalities.nordic.sockets import bytes_of
from nce_sim.modem.personalities.nordic.stream_select import (
    accepted,
    bind,
    close_socket,
    connect,
    listen,
    open_socket,
    selected,
    sent,
)
from nce_sim.modem.personalities.nordic.streams import NordicStream, StreamTable
from nce_sim.network.tcp.events import RESET_BY_PEER

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = StreamTable(old_sockets.COMMANDS, selected)
COMMANDS.add("#XLISTEN")(listen)
COMMANDS.add_for_stream("#XBIND")(bind)
COMMANDS.add_for_stream("#XCONNECT")(connect)

MOST = 576
CONNECTION_RESET, AGAIN, NOT_CONNECTED = 104, 11, 128  # errno of Zephyr


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKET=1,1,<role>` opens, `=0` closes; a security tag would be TLS: refused."""
    stream, udp = selected(modem), old_sockets.COMMANDS["#XSOCKET"]
    if command.form is Form.SET and command.arguments.integer(0, 0, 1) != 0:
        is_tcp = command.arguments.integer(1, 1, 3) == streams.STREAM
        if is_tcp and command.arguments.is_given(3):
            raise CommandFailed()
        new = open_socket(modem, command, udp)
        if new is not None:
            shown = f"{new.id}, {streams.STREAM}, {new.role}, {streams.IPPROTO_TCP}"
            modem.info(f"#XSOCKET: {shown}")
        return None
    if stream is None or command.form is Form.TEST:
        return udp(modem, command)
    if command.form is Form.READ:
        modem.info(f"#XSOCKET: {stream.id}, {streams.IPPROTO_TCP}, {stream.role}")
    else:
        close_socket(modem, stream)
        modem.info('#XSOCKET: 0, "closed"')
    return None


@COMMANDS.add("#XACCEPT")
def accept(modem: Modem, command: Command) -> Steps:
    """`AT#XACCEPT`: the connection is selected; its peer."""
    peer = yield from accepted(modem, 0)
    modem.info(f"#XACCEPT: {peer}")
    return None


@COMMANDS.add_for_stream("#XSEND")
def send(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XSEND=<datatype>,<data>`."""
    arguments = command.set_arguments
    kind = arguments.integer(0, 0, 4)
    data = bytes_of(arguments.text(1), is_hex=kind == HEXADECIMAL)
    return sent(modem, stream, data, MOST)


@COMMANDS.add_for_stream("#XRECV")
def receive(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    """`AT#XRECV[=<size>]`: the data, then its type and length, which is 0 at the FIN.

    ERROR with the number in front: nothing came in time, or the connection is broken.
    """
    most = MOST
    if command.form is Form.SET:
        most = command.arguments.integer(0, 1, MOST, default=MOST)
    chosen_s = modem.ram.of(NordicRam).receive_timeout_s
    timeout_s = modem.settings.old_slm_receive_timeout_s if chosen_s is None else chosen_s
    try:
        data = yield from streams.received(stream, timeout_s * 1_000, most)
    except CommandFailed:
        if stream.is_connected:
            modem.info(f"#XSOCKET: -{AGAIN}")
        else:
            error = CONNECTION_RESET if stream.failure == RESET_BY_PEER else NOT_CONNECTED
            modem.info(f'#XSOCKET: -{error}, "closed"')
            close_socket(modem, stream)
        raise
    kind = PLAIN if all(byte in modem.settings.old_slm_text for byte in data) else HEXADECIMAL
    shown = data if kind == PLAIN else data.hex().upper().encode()
    if shown:
        modem.terminal.raw(shown)
    modem.info(f"#XRECV: {kind}, {len(shown)}")
    return None
