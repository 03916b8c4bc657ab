"""Secure sockets of SLM 2.x and of Serial Modem: #XSSOCKET #XSSOCKETOPT.

A PSK client over UDP, or a client of TLS over TCP; keys and certificates are those of a security
tag (`AT%CMNG`), and `#XCONNECT` shakes hands. The two applications number some options in
different ways.

    AT#XSSOCKET=1,1,0,16842753,2            #XSSOCKET: 1,1,258
    AT#XSSOCKETOPT=1,2,"server.test"        with the handle before it in Serial Modem
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.nordic import stream_select
from nce_sim.modem.personalities.nordic.security import (
    IPPROTO_DTLS_1_2,
    IPPROTO_TLS_1_2,
    PEER_VERIFY,
    Security,
)
from nce_sim.modem.personalities.nordic.sockets import (
    DATAGRAM,
    NordicSocket,
    opened,
    selected_socket,
    sockets_of,
)
from nce_sim.modem.personalities.nordic.stream_handles import opened as opened_stream
from nce_sim.modem.personalities.nordic.streams import CLIENT, STREAM, NordicStream
from nce_sim.modem.personality import CommandTable, Handler

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

Socket = NordicSocket | NordicStream
MOST_TAG = 2_147_483_647
HANDSHAKE_LIMITS_S = (1, 3, 7, 15, 31, 63, 123)
CID_IS_SENT = 2  # <value> of the CID status: in the uplink alone, for we ask for none


class Option(enum.Enum):
    """The options of `#XSSOCKETOPT` that mean something here."""

    HANDSHAKE_LIMIT = "seconds that a handshake may take"
    OFFERS_CID = "a connection ID is offered"
    CID_STATUS = "whether one is in use"


# <name> of #XSSOCKETOPT. Host name and peer verification mean something to TLS; they, the session
# cache and its purging, and (Serial Modem alone) the fragmentation extension are kept as they are.
SELECT_OPTIONS = {14: Option.HANDSHAKE_LIMIT, 17: Option.OFFERS_CID, 18: Option.CID_STATUS}
HANDLE_OPTIONS = {18: Option.HANDSHAKE_LIMIT, 14: Option.OFFERS_CID, 15: Option.CID_STATUS}
SELECT_KEPT, HANDLE_KEPT = (2, 5, 12, 13), (2, 5, 12, 13, 22)


def _open(modem: Modem, arguments: Arguments) -> None:
    arguments.integer(0, 1, 2)
    kind = arguments.integer(1, 1, 2)
    if arguments.integer(2, 0, 1) != CLIENT:
        raise CommandFailed()  # servers: not part of this simulator
    tag = arguments.integer(3, 0, MOST_TAG)
    security = Security(tag, verifies=arguments.integer(4, 0, 2, default=2))
    arguments.integer(5, 0, 10, default=0)
    if kind == STREAM:
        stream = opened_stream(modem, CLIENT)
        stream.security = security
        sockets_of(modem).streams.selected = stream
        modem.info(f"#XSSOCKET: {stream.id},{STREAM},{IPPROTO_TLS_1_2}")
        return
    socket = opened(modem)
    socket.security = security
    sockets_of(modem).streams.selected = None
    modem.info(f"#XSSOCKET: {socket.id},{DATAGRAM},{IPPROTO_DTLS_1_2}")


def _list(modem: Modem) -> None:
    for each in sockets_of(modem).by_id.values():
        if each.security is not None:
            modem.info(f"#XSSOCKET: {each.id},1,0,{DATAGRAM},{each.security.tag},0")
    for stream in sockets_of(modem).streams.by_id.values():
        if stream.security is not None:
            modem.info(f"#XSSOCKET: {stream.id},1,0,{STREAM},{stream.security.tag},0")


def _security(socket: Socket) -> Security:
    if socket.security is None:
        raise CommandFailed()
    return socket.security


def _value(arguments: Arguments, position: int) -> str:
    if position >= len(arguments):
        raise ArgumentMistake(f"argument {position + 1} is missing")
    return arguments.values[position]


def _shown(socket: Socket, option: Option | None, name: int) -> int | str | None:
    """What an option holds; None when there is nothing to read."""
    security = _security(socket)
    if option is Option.HANDSHAKE_LIMIT:
        return security.handshake_limit_s
    if option is Option.OFFERS_CID:
        return None if security.offers_cid is None else int(security.offers_cid)
    if option is Option.CID_STATUS:
        if isinstance(socket, NordicStream) or socket.tunnel is None:
            return None
        return CID_IS_SENT if socket.tunnel.client.has_connection_id else 0
    return security.kept.get(name)


def _option(
    modem: Modem,
    socket: Socket,
    arguments: Arguments,
    position: int,
    *,
    named: Mapping[int, Option],
    kept: tuple[int, ...],
    answer: str,
) -> None:
    security = _security(socket)
    operation, name = arguments.integer(position, 0, 1), arguments.integer(position + 1, 0, 255)
    option = named.get(name)
    if operation == 0:
        shown = _shown(socket, option, name)
        if shown is None:
            raise CommandFailed()
        modem.info(f"{answer}{shown}")
    elif option is Option.HANDSHAKE_LIMIT:
        limit_s = arguments.integer(position + 2, 1, 123)
        if limit_s not in HANDSHAKE_LIMITS_S:
            raise ArgumentMistake(f"{limit_s} s is none of {HANDSHAKE_LIMITS_S}")
        security.handshake_limit_s = limit_s
    elif option is Option.OFFERS_CID:
        # 1 (supported) and 2 (enabled) both offer one; that 2 insists on it is not played here.
        security.offers_cid = arguments.integer(position + 2, 0, 2) > 0
    elif name == PEER_VERIFY:
        security.kept[name] = str(arguments.integer(position + 2, 0, 2))
    elif name in kept:
        security.kept[name] = _value(arguments, position + 2)
    else:
        raise CommandFailed()


def _selected(modem: Modem) -> Socket:
    return stream_select.selected(modem) or selected_socket(modem)


def _select_socket(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKET=1,<type>,0,<tag>[,<verify>]` opens and selects, `=0` closes the selected."""
    if command.form is Form.READ:
        _list(modem)
    elif command.form is Form.TEST:
        modem.info("#XSSOCKET: (0,1,2),(1,2),(0,1),<sec_tag>,<peer_verify>,<cid>")
    elif command.set_arguments.integer(0, 0, 2) == 0:
        socket = _selected(modem)
        _security(socket)
        if isinstance(socket, NordicStream):
            stream_select.close_socket(modem, socket)
        else:
            sockets_of(modem).close(socket)
        modem.info('#XSSOCKET: 0,"closed"')
    else:
        _open(modem, command.arguments)


def _handle_socket(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKET=1,<type>,0,<tag>[,<verify>]`: the handle of a new secure socket."""
    if command.form is Form.READ:
        _list(modem)
    elif command.form is Form.TEST:
        modem.info("#XSSOCKET: <handle>,(1,2),(1,2),(0,1),<sec_tag>,<peer_verify>,<cid>")
    else:
        _open(modem, command.set_arguments)


def _select_option(modem: Modem, command: Command) -> None:
    """`AT#XSSOCKETOPT=<op>,<name>[,<value>]`."""
    socket = _selected(modem)
    _security(socket)
    arguments = command.set_arguments
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
    store, handle = sockets_of(modem), arguments.integer(0, 0, 255)
    socket = store.streams.by_id.get(handle) or store.by_id.get(handle)
    if socket is None:
        modem.mistake("a socket that is not open", handle=arguments.values[0])
        raise CommandFailed()
    _option(
        modem,
        socket,
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
