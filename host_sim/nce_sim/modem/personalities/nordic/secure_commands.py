"""Secure sockets of SLM 2.x and of Serial Modem: #XSSOCKET #XSSOCKETOPT.

One PSK client over UDP each; the key is that of a security tag (`AT%CMNG`), and `#XCONNECT` shakes
hands. The two applications number some options differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.nordic.security import (
    HANDSHAKE_LIMIT_S,
    IPPROTO_DTLS_1_2,
    OFFERS_CID,
    SEC_TAG,
)
from nce_sim.modem.personalities.nordic.sockets import (
    DATAGRAM,
    opened,
    selected_socket,
    sockets_of,
)
from nce_sim.modem.personality import CommandTable, Handler
from nce_sim.modem.sockets.udp import UdpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

MOST_TAG = 2_147_483_647
HANDSHAKE_LIMITS_S = (1, 3, 7, 15, 31, 63, 123)
CID_IS_SENT = 2  # <value> of the CID status: in the uplink alone, for we ask for none
# <name> of #XSSOCKETOPT. Host name, peer verification, session cache and its purging, and (Serial
# Modem alone) the fragmentation extension mean nothing to a PSK client here: they are kept.
SELECT_OPTIONS = {14: HANDSHAKE_LIMIT_S, 17: OFFERS_CID, 18: "cid status"}
HANDLE_OPTIONS = {18: HANDSHAKE_LIMIT_S, 14: OFFERS_CID, 15: "cid status"}
SELECT_KEPT, HANDLE_KEPT = (2, 5, 12, 13), (2, 5, 12, 13, 22)


def _open(modem: Modem, arguments: Arguments) -> None:
    arguments.integer(0, 1, 2)
    if arguments.integer(1, 1, 2) != DATAGRAM or arguments.integer(2, 0, 1) != 0:
        raise CommandFailed()  # TLS and servers: not part of this simulator
    tag = arguments.integer(3, 0, MOST_TAG)
    arguments.integer(4, 0, 2, default=2)
    arguments.integer(5, 0, 10, default=0)
    socket = opened(modem)
    socket.extra[SEC_TAG] = tag
    modem.info(f"#XSSOCKET: {socket.id},{DATAGRAM},{IPPROTO_DTLS_1_2}")


def _list(modem: Modem) -> None:
    for each in sockets_of(modem).by_id.values():
        if SEC_TAG in each.extra:
            modem.info(f"#XSSOCKET: {each.id},1,0,{DATAGRAM},{each.extra[SEC_TAG]},0")


def _secure_socket(socket: UdpSocket) -> UdpSocket:
    if SEC_TAG not in socket.extra:
        raise CommandFailed()
    return socket


def _value(arguments: Arguments, position: int) -> str:
    if position >= len(arguments):
        raise ArgumentMistake(f"argument {position + 1} is missing")
    return arguments.values[position]


def _option(
    modem: Modem,
    socket: UdpSocket,
    arguments: Arguments,
    position: int,
    *,
    named: Mapping[int, str],
    kept: tuple[int, ...],
    answer: str,
) -> None:
    operation, name = arguments.integer(position, 0, 1), arguments.integer(position + 1, 0, 255)
    option, options = named.get(name), socket.extra.setdefault("secure options", {})
    if operation == 0:
        if option == "cid status" and socket.tunnel is not None:
            is_sent = socket.tunnel.client.has_connection_id
            modem.info(f"{answer}{CID_IS_SENT if is_sent else 0}")
        elif option in socket.extra:
            modem.info(f"{answer}{int(socket.extra[option])}")
        elif name in options:
            modem.info(f"{answer}{options[name]}")
        else:
            raise CommandFailed()
    elif option == HANDSHAKE_LIMIT_S:
        limit_s = arguments.integer(position + 2, 1, 123)
        if limit_s not in HANDSHAKE_LIMITS_S:
            raise ArgumentMistake(f"{limit_s} s is none of {HANDSHAKE_LIMITS_S}")
        socket.extra[HANDSHAKE_LIMIT_S] = limit_s
    elif option == OFFERS_CID:
        # 1 (supported) and 2 (enabled) both offer one; that 2 insists on it is not played here.
        socket.extra[OFFERS_CID] = arguments.integer(position + 2, 0, 2) > 0
    elif name in kept:
        options[name] = _value(arguments, position + 2)
    else:
        raise CommandFailed()


def _select_socket(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKET=1,2,0,<tag>[,<verify>]` opens and selects, `=0` closes the selected one."""
    if command.form is Form.READ:
        _list(modem)
    elif command.form is Form.TEST:
        modem.info("#XSSOCKET: (0,1,2),(1,2),(0,1),<sec_tag>,<peer_verify>,<cid>")
    elif command.set_arguments.integer(0, 0, 2) == 0:
        sockets_of(modem).close(_secure_socket(selected_socket(modem)))
        modem.info('#XSSOCKET: 0,"closed"')
    else:
        _open(modem, command.arguments)


def _handle_socket(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKET=1,2,0,<tag>[,<verify>]`: the handle of a new secure socket."""
    if command.form is Form.READ:
        _list(modem)
    elif command.form is Form.TEST:
        modem.info("#XSSOCKET: <handle>,(1,2),(1,2),(0,1),<sec_tag>,<peer_verify>,<cid>")
    else:
        _open(modem, command.set_arguments)


def _select_option(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKETOPT=<op>,<name>[,<value>]`."""
    socket, arguments = _secure_socket(selected_socket(modem)), command.set_arguments
    _option(
        modem,
        socket,
        arguments,
        0,
        named=SELECT_OPTIONS,
        kept=SELECT_KEPT,
        answer="#XSSOCKETOPT: ",
    )


def _handle_option(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKETOPT=<handle>,<op>,<name>[,<value>]`."""
    arguments = command.set_arguments
    socket = sockets_of(modem).by_id.get(arguments.integer(0, 0, 255))
    if socket is None:
        modem.mistake("a socket that is not open", handle=arguments.values[0])
        raise CommandFailed()
    _option(
        modem,
        _secure_socket(socket),
        arguments,
        1,
        named=HANDLE_OPTIONS,
        kept=HANDLE_KEPT,
        answer=f"#XSSOCKETOPT: {socket.id},",
    )


def _table(socket: Handler, option: Handler) -> CommandTable:
    return CommandTable({"#XSSOCKET": socket, "#XSSOCKETOPT": option})


SELECT_COMMANDS = _table(_select_socket, _select_option)
HANDLE_COMMANDS = _table(_handle_socket, _handle_option)
