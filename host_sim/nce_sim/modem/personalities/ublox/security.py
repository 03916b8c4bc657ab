"""u-blox's security profiles, and DTLS-PSK sockets of the modems that have it.

+USECPRF +USOSEC (all; of UDP on SARA-R5 alone)

    AT+USECPRF=0; AT+USECPRF=0,0,0                                  reset; no certificates
    AT+USECPRF=0,2,100,"c0","a8",0                                  a suite (SARA-R5)
    AT+USECPRF=0,8,"<key>"; AT+USECPRF=0,9,"<identity>"
    AT+USOSEC=0,1,0; AT+USOCO=0,"10.60.2.219",5684                  then AT+USOWR and AT+USORD

Without a suite the modem offers all its own, certificates among them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Step
from nce_sim.modem.personalities.ublox.memory import SecurityProfile, UbloxRam
from nce_sim.modem.personalities.ublox.sockets import NOT_ALLOWED, UbloxSocket, UbloxSockets
from nce_sim.modem.personalities.ublox.streams import UbloxStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.dtls_tunnel import Credentials, Tunnel

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()
SECURE = CommandTable()
QUOTED = CommandTable()  # SARA-R422

PROFILES = 5  # 0 to 4
# <op_code> of AT+USECPRF: those with a meaning here, and the highest there is.
LEVEL, VERSION, SUITE, KEY, IDENTITY, HIGHEST = 0, 1, 2, 8, 9, 14
NAMES = {
    3: "authority",
    4: "expected_name",
    5: "certificate",
    6: "private_key",
    10: "server_name",
}
MOST_NAME = 253
BY_BYTES = 100  # AT+USECPRF=p,2,100,"c0","a8",0 of SARA-R5 (S)
BY_BYTES_OF_R422 = 99  # AT+USECPRF=p,2,99,"C0","A8" (S)
MOST_INTEGER = 33  # suites of SARA-R410 and R412 by number, no CCM among them (S)
MOST_TEXT = 64
# What is offered beside the PSK suites while none is chosen: ECDHE with certificates.
CERTIFICATE_SUITES = (0xC02B, 0xC02F, 0xC023, 0xC027)
# ubxlib waits so long between AT+USOSEC and AT+USOCO; here less is noted and does no harm.
SETTLE_MS = 250


@COMMANDS.add("+USECPRF")
def profile(modem: Modem, command: Command) -> None:
    """`AT+USECPRF=<profile>[,<op>,<value>…]`: one setting; without it all are reset."""
    _profile(modem, command, _suite_by_integer)


@SECURE.add("+USECPRF")
def profile_with_bytes(modem: Modem, command: Command) -> None:
    """The same, where a suite is named by its two bytes."""
    _profile(modem, command, _suite)


def _profile(modem: Modem, command: Command, suite_of: Callable[[Arguments], int | None]) -> None:
    arguments = command.set_arguments
    number = arguments.integer(0, 0, PROFILES - 1)
    if len(arguments) == 1:
        modem.ram.of(UbloxRam).security.pop(number, None)
        return
    operation = arguments.integer(1, 0, HIGHEST)
    chosen = modem.ram.of(UbloxRam).security.setdefault(number, SecurityProfile())
    if operation == SUITE:
        chosen.suite = suite_of(arguments)
    elif operation in (KEY, IDENTITY):
        value = arguments.text(2)
        if not 0 < len(value) <= MOST_TEXT:
            raise ArgumentMistake(f"{len(value)} characters are not 1 to {MOST_TEXT}")
        if operation == KEY:
            chosen.key = value.encode("latin-1")
        else:
            chosen.identity = value.encode("latin-1")
    elif operation in NAMES:
        name = arguments.text(2)
        if not 0 < len(name) <= MOST_NAME:
            raise ArgumentMistake(f"{len(name)} characters are not 1 to {MOST_NAME}")
        setattr(chosen, NAMES[operation], name)
    elif operation == LEVEL:
        chosen.level = arguments.integer(2, 0, 3)
    elif operation == VERSION:
        chosen.version = arguments.integer(2, 0, 3)
    elif len(arguments) < 3:
        raise ArgumentMistake("argument 3 is missing")


def _suite_by_integer(arguments: Arguments) -> int | None:
    """Older models' numbers: accepted, and without an effect where no socket is secure."""
    arguments.at_most(3)
    arguments.integer(2, 0, MOST_INTEGER)
    return None


@QUOTED.add("+USECPRF")
def profile_with_two_bytes(modem: Modem, command: Command) -> None:
    """The same as a SARA-R422 has it, with nothing behind the two bytes."""
    _profile(modem, command, _suite_of_r422)


def _suite(arguments: Arguments) -> int | None:
    """The number of the one suite to offer; None leaves it to the modem."""
    if arguments.integer(2, 0, BY_BYTES) == 0:
        return None
    arguments.integer(2, BY_BYTES, BY_BYTES)
    if len(arguments) != 6:
        raise ArgumentMistake("a suite is two bytes, and 0 behind them")
    arguments.integer(5, 0, 0)
    return _of_two_bytes(arguments)


def _suite_of_r422(arguments: Arguments) -> int | None:
    if arguments.integer(2, 0, BY_BYTES_OF_R422) == 0:
        return None
    arguments.integer(2, BY_BYTES_OF_R422, BY_BYTES_OF_R422)
    arguments.at_most(5)
    return _of_two_bytes(arguments)


def _of_two_bytes(arguments: Arguments) -> int:
    try:
        number = bytes.fromhex("".join(arguments.values[3:5]))
    except ValueError as error:
        raise ArgumentMistake(str(error)) from error
    if len(number) != 2:
        raise ArgumentMistake("a suite is two bytes")
    return int.from_bytes(number, "big")


@COMMANDS.add("+USOSEC")
def secure_stream(modem: Modem, command: Command) -> None:
    """`AT+USOSEC=<socket>,<0 or 1>[,<profile>]`: before the socket of TCP is connected."""
    store = _sockets_of(modem)
    stream = store.streams.by_id.get(command.set_arguments.integer(0, 0, 6))
    if stream is None or stream.connection is not None:
        modem.mistake("USOSEC on a socket that is not open, is of UDP, or is connected")
        raise CommandFailed(NOT_ALLOWED)
    _secure(modem, stream, command.arguments)


@SECURE.add("+USOSEC")
def secure(modem: Modem, command: Command) -> None:
    """The same, of UDP too: before the socket has its peer."""
    store, arguments = _sockets_of(modem), command.set_arguments
    socket = store.by_id.get(arguments.integer(0, 0, 6))
    if socket is None:
        secure_stream(modem, command)
        return
    if socket.peer is not None:
        modem.mistake("USOSEC on a socket that is connected")
        raise CommandFailed(NOT_ALLOWED)
    _secure(modem, socket, arguments)


def _sockets_of(modem: Modem) -> UbloxSockets:
    store = modem.sockets
    assert isinstance(store, UbloxSockets)
    return store


def _secure(modem: Modem, socket: UbloxSocket | UbloxStream, arguments: Arguments) -> None:
    is_on = arguments.integer(1, 0, 1)
    number = arguments.integer(2, 0, PROFILES - 1, default=0)
    socket.security_profile = number if is_on else None
    socket.secured_at_ms = modem.clock.now_ms()


def shake_hands(modem: Modem, socket: UbloxSocket) -> Generator[Step, Any, bool]:
    """What `AT+USOCO` does on a secure socket that has its peer; whether it is connected then."""
    if modem.clock.now_ms() - socket.secured_at_ms < SETTLE_MS:
        modem.mistake("USOCO soon after USOSEC", least_ms=SETTLE_MS)
    number = socket.security_profile or 0
    chosen = modem.ram.of(UbloxRam).security.get(number, SecurityProfile())
    if chosen.key is None or chosen.identity is None:
        modem.mistake("a security profile without a key", profile=number)
        return False
    offered = (*CERTIFICATE_SUITES, *modem.settings.dtls_suites)
    if chosen.suite is not None:
        offered = (chosen.suite,)
    credentials = Credentials(chosen.identity, chosen.key)
    tunnel = socket.tunnel = Tunnel(modem.sockets, socket, credentials, suites=offered)
    is_up = yield from tunnel.handshake()
    if not is_up:
        socket.tunnel = None
    return is_up
