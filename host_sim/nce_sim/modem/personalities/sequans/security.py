"""Sequans' security profiles, and TLS under a TCP socket.

+SQNSPCFG +SQNSSCFG +SQNSNVW

    AT+SQNSNVW="certificate",12,<size>      > the PEM
    AT+SQNSPCFG=6,2,"",5,12                 TLS 1.2; chain and name, by the CA of slot 12
    AT+SQNSSCFG=1,1,6                       socket 1 by profile 6; AT+SQNSD as ever

[S] the GM02S manual by way of the crate monarch2: bit 0 of <certValidLevel> verifies chain and
dates, bit 2 the name. [I] that the name of AT+SQNSD is the one compared, and that of SNI; that all
this outlives a restart, as the other settings of sockets do; that a size of 0 empties a slot.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import shown_time
from nce_sim.modem.line.grammar import Arguments, Command
from nce_sim.modem.line.steps import Prompt, Steps
from nce_sim.modem.personalities.sequans.memory import SecurityProfile, SequansNvm
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.tcp_socket import TcpSocket
from nce_sim.modem.sockets.tls_tunnel import TlsProfile, TlsTunnel, context_of

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

PROFILES, MOST_SLOT, MOST_BYTES = 6, 19, 8_192
RESET = 255  # <version> that resets a profile
CERTIFICATE, PRIVATE_KEY = "certificate", "privatekey"  # of AT+SQNSNVW
CHAIN_AND_DATES, NAME = 1, 4  # bits of <certValidLevel>
VERSIONS = {
    0: ssl.TLSVersion.TLSv1,
    1: ssl.TLSVersion.TLSv1_1,
    2: ssl.TLSVersion.TLSv1_2,
    3: ssl.TLSVersion.TLSv1_3,
}


@COMMANDS.add("+SQNSPCFG")
def security_profile(modem: Modem, command: Command) -> None:
    """`AT+SQNSPCFG=<profile>,<version>,"<ciphers>",<level>,<ca>,<certificate>,<key>,…`."""
    arguments, profiles = command.set_arguments, modem.nvm.of(SequansNvm).profiles
    number = arguments.integer(0, 1, PROFILES)
    version = arguments.integer(1, 0, RESET)
    if version == RESET:
        profiles.pop(number, None)
        return
    profiles[number] = SecurityProfile(
        arguments.integer(1, 0, max(VERSIONS)),
        arguments.integer(3, 0, 255, default=0),
        _slot(arguments, 4),
        _slot(arguments, 5),
        _slot(arguments, 6),
    )


def _slot(arguments: Arguments, position: int) -> int | None:
    return arguments.integer(position, 0, MOST_SLOT) if arguments.is_given(position) else None


@COMMANDS.add("+SQNSSCFG")
def secure_socket(modem: Modem, command: Command) -> None:
    """`AT+SQNSSCFG=<id>,<0 or 1>,<profile>`: a UDP socket with a profile is not opened."""
    arguments, secure_ids = command.set_arguments, modem.nvm.of(SequansNvm).secure_ids
    socket_id, is_on = arguments.integer(0, 1, 6), arguments.integer(1, 0, 1)
    profile = arguments.integer(2, 1, PROFILES)
    secure_ids.pop(socket_id, None)
    if is_on:
        secure_ids[socket_id] = profile


@COMMANDS.add("+SQNSNVW")
def write_credential(modem: Modem, command: Command) -> Steps:
    """`AT+SQNSNVW="certificate"|"privatekey",<slot>,<length>`: prompt, then the bytes."""
    arguments, stored = command.set_arguments, modem.nvm.of(SequansNvm).certificates
    kind, slot = arguments.text(0), arguments.integer(1, 0, MOST_SLOT + 1)
    length = arguments.integer(2, 0, MOST_BYTES)
    stored.pop((kind, slot), None)
    if length:
        stored[kind, slot] = yield Prompt(length)
    return None


def put_under_tls(modem: Modem, stream: TcpSocket, host: str) -> bool:
    """Prepare an id for the handshake, if it is a secure one; False: its profile does not fit."""
    nvm = modem.nvm.of(SequansNvm)
    if stream.id not in nvm.secure_ids:
        return True
    chosen = nvm.profiles.get(nvm.secure_ids[stream.id])
    if chosen is None:
        modem.mistake("SQNSD of a TCP socket whose security profile is not set", id=stream.id)
        return False

    def content(kind: str, slot: int | None) -> bytes | None:
        return None if slot is None else nvm.certificates.get((kind, slot))

    is_verified = bool(chosen.level & CHAIN_AND_DATES)
    authority = content(CERTIFICATE, chosen.authority)
    if is_verified and authority is None:
        modem.mistake("SQNSD with a profile that names no CA that is there", id=stream.id)
        return False
    version = VERSIONS[chosen.version]
    profile = TlsProfile(
        version,
        version,
        authorities=authority if is_verified else None,
        certificate=content(CERTIFICATE, chosen.certificate),
        key=content(PRIVATE_KEY, chosen.private_key),
        server_name=None if is_dotted(host) else host,
        expected_name=host if chosen.level & NAME else None,
        checked_at=shown_time(modem),
    )
    try:
        stream.tls = TlsTunnel(context_of(profile), profile, stream)
    except ValueError as error:
        modem.mistake("a security profile that TLS cannot use", reason=str(error))
        return False
    return True
