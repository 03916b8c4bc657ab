"""The TCP/IP commands of SIMCom's A76XX and SIM7600 (A76XX AT manual V1.09, 15), as far as UDP.

+NETOPEN +NETCLOSE +IPADDR +CIPOPEN +CIPSEND +CIPRXGET +CIPCLOSE +CDNSGIP +CIPCCFG +CIPCFG
+CIPTIMEOUT +CIPMODE

The A76XX puts the result of opening and closing a UDP socket in front of its OK, the SIM7600
behind it (S): `Sim7600Sockets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import ERROR, CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personalities.simcom.net_sockets import (
    BY_PACKET,
    NetSocket,
    NetSockets,
    sockets_of,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT = MOST_READ = 1500
MOST_HEX_READ = 750
PROMPT = b"\r\n>"
NET_OPEN_MS, NET_CLOSE_MS, SEND_MS = 300, 100, 5

# <err> of +NETOPEN, +NETCLOSE, +CIPOPEN, +CIPCLOSE, +CIPERROR (15.3.2)
NOT_OPENED, NOT_SUPPORTED, BIND_FAILED = 2, 4, 6
DNS_ERROR = 10  # of +CDNSGIP, 15.2.17
# <err_info> of +IP ERROR (15.3.1)
ERROR_TEXTS = {
    4: "Network is already opened",
    8: "Network not opened",
    11: "Connection is not created",
    12: "Invalid parameter",
    22: "No data",
}
ERROR_MODE = 3  # the index of <errMode> in AT+CIPCCFG
# Bounds of AT+CIPCCFG, 15.2.13.
SETTING_BOUNDS = ((0, 10), (0, 1000), (0, 0), (0, 1), (0, 1), (0, 1), (500, 120_000), (0, 1))


def refused(modem: Modem, number: int) -> str:
    """`+IP ERROR: <err_info>`, as a number or in words, and ERROR."""
    in_words = modem.ram.of(NetRam).socket_settings[ERROR_MODE]
    modem.info(f"+IP ERROR: {ERROR_TEXTS[number] if in_words else number}")
    return ERROR


def _link(modem: Modem, arguments: Arguments, position: int = 0) -> int | None:
    """The number of a connection; None when it is too large."""
    number = arguments.integer(position, 0, 255)
    return number if number < NetSockets.most_sockets else None


def _socket(modem: Modem, number: int | None) -> NetSocket | None:
    socket = None if number is None else sockets_of(modem).by_id.get(number)
    if socket is None:
        modem.mistake("a socket that is not open", id=number)
    return socket


@COMMANDS.add("+NETOPEN")
def net_open(modem: Modem, command: Command) -> str | None:
    """`AT+NETOPEN`: OK, then `+NETOPEN: <err>` (15.2.1)."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        modem.info(f"+NETOPEN: {int(store.is_open)}")
        return None
    if command.form is not Form.EXECUTE:
        raise CommandFailed()
    if store.is_open:
        modem.mistake("NETOPEN while it is open")
        return refused(modem, 4)

    def opened() -> None:
        if modem.radio.session is None:
            modem.urc("+NETOPEN: 1")
            return
        store.start()
        modem.urc("+NETOPEN: 0")

    modem.later(NET_OPEN_MS, opened)
    return None


@COMMANDS.add("+NETCLOSE")
def net_close(modem: Modem, command: Command) -> str | None:
    """`AT+NETCLOSE`: the sockets end; OK, then `+NETCLOSE: <err>` (15.2.2)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        return None
    if not store.is_open:
        modem.info(f"+NETCLOSE: {NOT_OPENED}")
        return ERROR
    for number in sorted(store.by_id):
        modem.info(f"+CIPCLOSE: {number},0")
    store.by_id.clear()

    def closed() -> None:
        store.stop()
        modem.urc("+NETCLOSE: 0")

    modem.later(NET_CLOSE_MS, closed)
    return None


@COMMANDS.add("+IPADDR")
def address(modem: Modem, command: Command) -> str | None:
    """`AT+IPADDR`: the address of the service (15.2.7)."""
    if command.form is Form.TEST:
        return None
    if not sockets_of(modem).works:
        return refused(modem, 8)
    modem.info(f"+IPADDR: {modem.radio.host}")
    return None


def _told(modem: Modem, text: str) -> None:
    """A result in front of the OK (A76XX), or behind it (SIM7600)."""
    if sockets_of(modem).tells_results_first:
        modem.info(text)
    else:
        modem.later(20, lambda: modem.urc(text))


@COMMANDS.add("+CIPOPEN")
def open_socket(modem: Modem, command: Command) -> str | None:
    """`AT+CIPOPEN=<n>,"UDP",,,<local port>`; "TCP" is known and not there yet (15.2.3)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info('+CIPOPEN: (0-9),("TCP","UDP")')
        return None
    if command.form is Form.READ:
        for each in range(store.most_sockets):
            socket = store.by_id.get(each)
            shown = "" if socket is None else f',"UDP","0.0.0.0",{socket.local_port},-1'
            modem.info(f"+CIPOPEN: {each}{shown}")
        return None
    arguments = command.set_arguments
    number = _link(modem, arguments)
    kind = arguments.text(1)
    if kind not in ("UDP", "TCP"):
        raise ArgumentMistake(f"{kind!r} is no service")
    if number is None:
        return refused(modem, 12)
    error = 0
    if not store.works:
        modem.mistake("CIPOPEN without NETOPEN", id=number)
        error = NOT_OPENED
    elif kind == "TCP":
        arguments.text(2)
        arguments.integer(3, 0, 65_535)
        error = NOT_SUPPORTED
    elif number in store.by_id:
        modem.mistake("CIPOPEN on an id in use", id=number)
        error = NOT_SUPPORTED  # what the field sees (S)
    # The local port must be there (application note V1.00, 3.3.1); 0 takes any (I).
    elif store.open(number, None, arguments.integer(4, 0, 65_535)) is None:
        error = BIND_FAILED
    if error:
        modem.info(f"+CIPOPEN: {number},{error}")
        return ERROR
    _told(modem, f"+CIPOPEN: {number},0")
    return None


@COMMANDS.add("+CIPSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CIPSEND=<n>,[<length>],<ip or name>,<port>`: `>`, the bytes, OK, the counts (15.2.4)."""
    if command.form is Form.TEST:
        modem.info(f"+CIPSEND: (0-9),(1-{MOST_SENT})")
        return None
    arguments = command.set_arguments
    number = _link(modem, arguments)
    socket = _socket(modem, number)
    store = sockets_of(modem)
    if socket is None or not socket.is_open or not store.works:
        modem.info(f"+CIPERROR: {NOT_OPENED if not store.works else NOT_SUPPORTED}")
        return ERROR
    length = arguments.integer(1, 1, MOST_SENT) if arguments.is_given(1) else None
    host, port = arguments.text(2), arguments.integer(3, 0, 65_535)
    payload = yield Prompt(length, echo=modem.ram.of(NetRam).echoes_payload, text=PROMPT)
    if payload is None:
        return None
    yield Pause(SEND_MS)
    found = yield from resolved(modem, host)
    has_left = found is not None and store.send(socket, payload, Address(found, port))
    confirmed = len(payload) if has_left else -1
    modem.later(1, lambda: modem.urc(f"+CIPSEND: {number},{len(payload)},{confirmed}"))
    return None


@COMMANDS.add("+CIPRXGET")
def receive(modem: Modem, command: Command) -> str | None:
    """`AT+CIPRXGET`: 0 pushes, 1 keeps, 2 reads, 3 in hexadecimal, 4 counts, 5 tells senders."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info("+CIPRXGET: (0-5),(0-9),(1-1500)")
        return None
    if command.form is Form.READ:
        modem.info(f"+CIPRXGET: {int(store.asks_to_read)}")
        return None
    arguments = command.set_arguments
    mode = arguments.integer(0, 0, 5)
    if mode < 2:
        store.asks_to_read = bool(mode)
        return None
    if mode == 5:
        store.tells_senders = True
        return None
    number = _link(modem, arguments, 1)
    if number is None:
        return refused(modem, 12)
    socket = _socket(modem, number)
    if mode == 4:
        if socket is None:
            return refused(modem, 11)
        modem.info(f"+CIPRXGET: 4,{number},{socket.pending}")
        return None
    most = MOST_READ if mode == 2 else MOST_HEX_READ
    data = (
        b""
        if socket is None
        else store.read_some(socket, arguments.integer(2, 1, most, default=most))
    )
    if socket is None or not data:
        return refused(modem, 22)  # what the application note has for both
    header = modem.terminal.framed(f"+CIPRXGET: {mode},{number},{len(data)},{socket.pending}")
    shown = data if mode == 2 else data.hex().upper().encode()
    modem.terminal.raw(header + shown + b"\r\n")
    return None


@COMMANDS.add("+CIPCLOSE")
def close(modem: Modem, command: Command) -> str | None:
    """`AT+CIPCLOSE=<n>`: `+CIPCLOSE: <n>,0` (15.2.6)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info("+CIPCLOSE: (0-9)")
        return None
    if command.form is Form.READ:
        states = (str(int(number in store.by_id)) for number in range(store.most_sockets))
        modem.info(f"+CIPCLOSE: {','.join(states)}")
        return None
    number = _link(modem, command.set_arguments)
    if number is None or store.by_id.pop(number, None) is None:
        modem.info(f"+CIPCLOSE: {number},{NOT_SUPPORTED}")
        return ERROR
    _told(modem, f"+CIPCLOSE: {number},0")
    return None


@COMMANDS.add("+CDNSGIP")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT+CDNSGIP="name"`: the address, then OK (15.2.17)."""
    if command.form is Form.TEST:
        return None
    name = command.set_arguments.text(0)
    found = None
    if sockets_of(modem).works:
        yield Pause(20)
        found = yield from resolved(modem, name)
    else:
        modem.mistake("CDNSGIP without NETOPEN")
    if found is None:
        modem.info(f"+CDNSGIP: 0,{DNS_ERROR}")
        return ERROR
    modem.info(f'+CDNSGIP: 1,"{name}","{found}"')
    return None


@COMMANDS.add("+CIPCCFG")
def configure(modem: Modem, command: Command) -> None:
    """`AT+CIPCCFG`: of its numbers <errMode> and <udpRecvmode> have an effect (15.2.13)."""
    settings, store = modem.ram.of(NetRam).socket_settings, sockets_of(modem)
    count = store.settings_count
    bounds = SETTING_BOUNDS[:count]
    if command.form is Form.READ:
        modem.info(f"+CIPCCFG: {','.join(map(str, settings[:count]))}")
    elif command.form is Form.TEST:
        shown = ",".join(f"({low}-{high})" if low < high else f"({low})" for low, high in bounds)
        modem.info(f"+CIPCCFG: {shown}")
    elif command.form is Form.EXECUTE:
        settings[:] = NetRam().socket_settings
    else:
        arguments = command.arguments
        arguments.at_most(count)
        for position, (low, high) in enumerate(bounds):
            settings[position] = arguments.integer(position, low, high, default=settings[position])
        if arguments.is_given(BY_PACKET) and store.is_open:
            modem.mistake("udpRecvmode of CIPCCFG behind NETOPEN")


@COMMANDS.add("+CIPCFG")
def data_echo(modem: Modem, command: Command) -> None:
    """`AT+CIPCFG="DATAECHO",ON|OFF`: whether the payload of `+CIPSEND` is echoed (15.2.22)."""
    ram = modem.ram.of(NetRam)
    if command.form is Form.READ:
        modem.info('+CIPCFG: "transwaittm",100')
        modem.info(f'+CIPCFG: "DATAECHO",{"ON" if ram.echoes_payload else "OFF"}')
        return
    arguments = command.set_arguments
    name = arguments.text(0)
    if name == "DATAECHO":
        wanted = arguments.values[1] if len(arguments) > 1 else ""
        if wanted not in ("ON", "OFF"):
            raise ArgumentMistake(f"{wanted!r} is neither ON nor OFF")
        ram.echoes_payload = wanted == "ON"
    elif name == "transwaittm":
        arguments.integer(1, 5, 1000)
    else:
        raise ArgumentMistake(f"CIPCFG knows no {name!r}")


@COMMANDS.add("+CIPTIMEOUT")
def limits(modem: Modem, command: Command) -> None:
    """`AT+CIPTIMEOUT`: of opening the service, of opening and of sending; kept (15.2.12)."""
    ram = modem.ram.of(NetRam)
    if command.form is Form.READ:
        modem.info(f"+CIPTIMEOUT: {','.join(map(str, ram.timeouts_ms))}")
        return
    arguments = command.set_arguments
    first, second, third = (
        arguments.integer(position, 3000, 120_000, default=now)
        for position, now in enumerate(ram.timeouts_ms)
    )
    ram.timeouts_ms = (first, second, third)


@COMMANDS.add("+CIPMODE")
def application_mode(modem: Modem, command: Command) -> None:
    """`AT+CIPMODE`: 0 commands; 1, the transparent mode, is not there yet (15.2.10)."""
    if command.form is Form.READ:
        modem.info("+CIPMODE: 0")
    elif command.form is Form.SET:
        command.arguments.integer(0, 0, 0)
