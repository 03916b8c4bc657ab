"""u-blox's certificates, and TLS under a TCP socket.

+USECMNG

    AT+USECMNG=0,0,"ca",<size>              > the bytes; +USECMNG: 0,0,"ca","<MD5>"
    AT+USECPRF=0,0,3; AT+USECPRF=0,3,"ca"   chain, name and dates; by this CA
    AT+USECPRF=0,4,"server.test"            the name; AT+USECPRF=0,10,"server.test" for SNI
    AT+USOCR=6; AT+USOSEC=0,1,0; AT+USOCO=0,"server.test",443

The levels are those of the SARA-R4 AT manual UBX-17003787 R16, 20 "Device and data security",
page 237 [D]: 1 the chain, 2 the name too, 3 the dates too. The rest as ubxlib has it [S]. [I]
that a socket whose profile names what is not there, or compares a name that it does not know,
does not connect; that a failed handshake is told as an end without an answer.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import shown_time
from nce_sim.modem.line.grammar import ArgumentMistake, Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Prompt, Steps
from nce_sim.modem.personalities.ublox.memory import SecurityProfile, UbloxNvm, UbloxRam
from nce_sim.modem.personalities.ublox.streams import UbloxStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.tls_tunnel import TlsProfile, TlsTunnel, context_of

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

IMPORT, REMOVE, LIST = 0, 2, 3  # <op_code>; 1 takes a file of the modem's
AUTHORITY, CERTIFICATE, KEY = 0, 1, 2  # <type>
NAMES_OF_TYPES = ("CA", "CC", "PK")
MOST_BYTES, MOST_NAME = 8192, 200
PROMPT = b"\r\n>"
CHAIN, NAME, DATES = 1, 2, 3  # from which level on each is verified
# <op_code> 1 of AT+USECPRF: the oldest version; 0 is any.
OLDEST = {
    0: ssl.TLSVersion.TLSv1,
    1: ssl.TLSVersion.TLSv1,
    2: ssl.TLSVersion.TLSv1_1,
    3: ssl.TLSVersion.TLSv1_2,
}
SETTLE_MS = 250  # ubxlib waits so long between AT+USOSEC and AT+USOCO


@COMMANDS.add("+USECMNG")
def manage(modem: Modem, command: Command) -> Steps:
    """`AT+USECMNG=0,<type>,<name>,<size>` takes bytes; `=2,<type>,<name>` removes; `=3` lists."""
    arguments = command.set_arguments
    stored = modem.nvm.of(UbloxNvm).certificates
    operation = arguments.integer(0, 0, 4)
    if operation == LIST:
        for kind, name in stored:
            modem.info(f'+USECMNG: "{NAMES_OF_TYPES[kind]}","{name}"')
        return None
    kind, name = arguments.integer(1, 0, 2), arguments.text(2)
    if not 0 < len(name) <= MOST_NAME:
        raise ArgumentMistake("a name has 1 to 200 characters")
    if operation == REMOVE:
        if stored.pop((kind, name), None) is None:
            raise CommandFailed()
        return None
    if operation != IMPORT:
        raise CommandFailed()  # files: not part of this simulator
    content = yield Prompt(arguments.integer(3, 1, MOST_BYTES), text=PROMPT)
    if kind != KEY:
        try:
            context_of(TlsProfile(authorities=content))  # a certificate is read as a CA's is
        except ValueError:
            raise CommandFailed() from None
    stored[kind, name] = content
    modem.info(f'+USECMNG: 0,{kind},"{name}","{hashlib.md5(content).hexdigest()}"')
    return None


def put_under_tls(modem: Modem, stream: UbloxStream) -> bool:
    """Prepare a secure socket of TCP for its handshake; False when its profile does not fit."""
    if modem.clock.now_ms() - stream.secured_at_ms < SETTLE_MS:
        modem.mistake("USOCO soon after USOSEC", least_ms=SETTLE_MS)
    number = stream.security_profile or 0
    chosen = modem.ram.of(UbloxRam).security.get(number, SecurityProfile())
    stored = modem.nvm.of(UbloxNvm).certificates

    def content(kind: int, name: str | None) -> bytes | None:
        return None if name is None else stored.get((kind, name))

    authority = content(AUTHORITY, chosen.authority)
    if (chosen.level >= CHAIN and authority is None) or (
        chosen.level >= NAME and chosen.expected_name is None
    ):
        modem.mistake("a security profile without its CA or name", profile=number)
        return False
    profile = TlsProfile(
        OLDEST[chosen.version],
        ssl.TLSVersion.TLSv1_2,
        authorities=authority if chosen.level >= CHAIN else None,
        certificate=content(CERTIFICATE, chosen.certificate),
        key=content(KEY, chosen.private_key),
        server_name=chosen.server_name,
        expected_name=chosen.expected_name if chosen.level >= NAME else None,
        checked_at=shown_time(modem) if chosen.level >= DATES else None,
    )
    try:
        stream.tls = TlsTunnel(context_of(profile), profile, stream)
    except ValueError as error:
        modem.mistake("a security profile that TLS cannot use", reason=str(error))
        return False
    return True
