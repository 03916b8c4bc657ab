"""SIM7070's and SIM7080's secure sockets: DTLS and TLS under `AT+CAOPEN`, from files.

+CFSINIT +CFSTERM +CFSWFILE +CFSDFILE +CSSLCFG +CASSLCFG

    AT+CFSINIT; AT+CFSWFILE=3,"psk.txt",0,<size>,10000; <identity>:<key in hex>
    AT+CSSLCFG="CONVERT",3,"psk.txt"; AT+CFSTERM
    AT+CSSLCFG="SSLVERSION",0,5; AT+CSSLCFG="PROTOCOL",0,2
    AT+CACID=0; AT+CASSLCFG=0,"SSL",1; AT+CASSLCFG=0,"CRINDEX",0
    AT+CASSLCFG=0,"PSKTABLE","psk.txt"; AT+CAOPEN=0,0,"UDP","10.60.2.219",5684

    AT+CFSWFILE=3,"ca.pem",0,<size>,10000; AT+CSSLCFG="CONVERT",2,"ca.pem"
    AT+CSSLCFG="sslversion",0,3; AT+CSSLCFG="sni",0,"server.test"
    AT+CASSLCFG=0,"CACERT","ca.pem"; AT+CAOPEN=0,0,"TCP","server.test",443

TLS is as TinyGSM has it [S]: an id without a CACERT verifies nobody. [I] that the dates are
compared unless "ignorertctime" is 1, that no name is, and that what was converted outlives a
restart while the settings of contexts and ids do not; a handshake that fails is 27.

Names of files may stand without quotes, as drivers write them.
"""

from __future__ import annotations

import ssl
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.commands.identity import shown_time
from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Prompt, Step, Steps
from nce_sim.modem.personalities.simcom.memory import SimcomNvm, SimcomRam, SslContext, SslSocket
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.dtls_tunnel import Credentials, Tunnel
from nce_sim.modem.sockets.tcp_socket import TcpSocket
from nce_sim.modem.sockets.tls_tunnel import TlsProfile, TlsTunnel, context_of
from nce_sim.modem.sockets.udp import UdpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

DOWNLOAD = b"\r\nDOWNLOAD\r\n"
CUSTOMER_FOLDER = 3  # <index> of AT+CFS…: where AT+CSSLCFG looks for files
MOST_FILE, MOST_NAME = 10_240, 64
CERTIFICATE, AUTHORITY, PSK_TABLE = 1, 2, 3  # AT+CSSLCFG="CONVERT"
CONTEXTS = 6
DTLS_1_2, DTLS_PROTOCOL = 5, 2
ANY = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2)
# "sslversion" of TLS; 0, and none, leave it to the modem.
TLS_VERSIONS = {
    None: ANY,
    0: ANY,
    1: (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1),
    2: (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1),
    3: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
}
# AT+CSSLCFG and AT+CASSLCFG: the settings with a number, and how far it goes.
CONTEXT_NUMBERS = {"SSLVERSION": 5, "PROTOCOL": 2, "IGNORERTCTIME": 1}
SOCKET_NUMBERS = {"SSL": 1, "CRINDEX": CONTEXTS - 1, "PROTOCOL": 1, "TIMEOUT": 65_535}
SOCKET_NUMBERS["LOCALPORT"] = 65_535
SOCKET_NAMES = ("CACERT", "CLIENTCERT", "CERT", "PSKTABLE")
# <result> of AT+CAOPEN
BAD_PARAMETER, UNSUPPORTED, NOT_CONNECTED = 4, 7, 27


def _name(arguments: Arguments, position: int) -> str:
    if position >= len(arguments) or not 0 < len(arguments.values[position]) <= MOST_NAME:
        raise ArgumentMistake(f"argument {position + 1} is no file name")
    return str(arguments.values[position])


def _files(modem: Modem) -> dict[str, bytes]:
    """The files of the customer's folder; only between CFSINIT and CFSTERM."""
    if not modem.ram.of(SimcomRam).files_are_open:
        modem.mistake("a file without CFSINIT")
        raise CommandFailed()
    return modem.nvm.of(SimcomNvm).files


@COMMANDS.add("+CFSINIT", "+CFSTERM")
def file_system(modem: Modem, command: Command) -> None:
    """`AT+CFSINIT` takes the buffer of the file commands, `AT+CFSTERM` gives it back."""
    ram, opens = modem.ram.of(SimcomRam), command.name == "+CFSINIT"
    if command.form is not Form.EXECUTE or ram.files_are_open is opens:
        raise CommandFailed()
    ram.files_are_open = opens


@COMMANDS.add("+CFSWFILE")
def write_file(modem: Modem, command: Command) -> Steps:
    """`AT+CFSWFILE=<folder>,<name>,<mode>,<size>,<limit ms>`: `DOWNLOAD`, then the bytes."""
    arguments = command.set_arguments
    folder = arguments.integer(0, 0, 3)
    name, appends = _name(arguments, 1), arguments.integer(2, 0, 1)
    size = arguments.integer(3, 1, MOST_FILE)
    arguments.integer(4, 100, 10_000)
    files = _files(modem)
    content = yield Prompt(size, text=DOWNLOAD)
    if folder == CUSTOMER_FOLDER:
        files[name] = (files.get(name, b"") if appends else b"") + content
    return None


@COMMANDS.add("+CFSDFILE")
def delete_file(modem: Modem, command: Command) -> None:
    """`AT+CFSDFILE=<folder>,<name>`; a table that was converted stays."""
    arguments = command.set_arguments
    arguments.integer(0, 0, 3)
    if _files(modem).pop(_name(arguments, 1), None) is None:
        raise CommandFailed()


@COMMANDS.add("+CSSLCFG")
def context_setting(modem: Modem, command: Command) -> None:
    """`AT+CSSLCFG="CONVERT",3,<file>`, or `=<name>,<context>,<value>`."""
    arguments = command.set_arguments
    name = arguments.text(0).upper()
    if name == "CONVERT":
        _convert(modem, arguments)
        return
    context = arguments.integer(1, 0, CONTEXTS - 1)
    settings = modem.ram.of(SimcomRam).ssl_contexts.setdefault(context, SslContext())
    if name in CONTEXT_NUMBERS:
        number = arguments.integer(2, 0, CONTEXT_NUMBERS[name])
        if name == "SSLVERSION":
            settings.version = number
        elif name == "PROTOCOL":
            settings.protocol = number
        else:
            settings.ignores_clock = number
    elif name == "SNI":
        settings.server_name = _name(arguments, 2)
    elif name == "CIPHERSUITE":
        _name(arguments, 2)  # without an effect
    else:
        raise ArgumentMistake(f"CSSLCFG knows no {name!r}")


def _convert(modem: Modem, arguments: Arguments) -> None:
    nvm = modem.nvm.of(SimcomNvm)
    kind, name = arguments.integer(1, 1, 3), _name(arguments, 2)
    content = nvm.files.get(name)
    if content is None:
        raise CommandFailed()
    try:
        if kind == PSK_TABLE:
            nvm.psk_tables[name] = _psk_table(content)
        elif kind == AUTHORITY:
            context_of(TlsProfile(authorities=content))
            nvm.authorities[name] = content
        else:
            key = nvm.files.get(_name(arguments, 3), b"")
            context_of(TlsProfile(certificate=content, key=key))
            nvm.certificates[name] = content, key
    except ValueError:
        raise CommandFailed() from None


def _psk_table(content: bytes) -> Credentials:
    identity, colon, key = content.strip().partition(b":")
    credentials = Credentials(identity, bytes.fromhex(key.decode("latin-1")))
    if not (colon and identity and credentials.key):
        raise ValueError("a table of keys is <identity>:<key in hex>")
    return credentials


@COMMANDS.add("+CASSLCFG")
def socket_setting(modem: Modem, command: Command) -> None:
    """`AT+CASSLCFG=<id>,<name>,<value>`: for the id that `AT+CACID` chose."""
    arguments = command.set_arguments
    socket_id, name = arguments.integer(0, 0, 12), arguments.text(1).upper()
    if socket_id != modem.ram.of(SimcomRam).chosen_id:
        modem.mistake("CASSLCFG for an id that CACID did not choose", id=socket_id)
        raise CommandFailed()
    settings = modem.ram.of(SimcomRam).ssl_sockets.setdefault(socket_id, SslSocket())
    if name in SOCKET_NUMBERS:
        number = arguments.integer(2, 0, SOCKET_NUMBERS[name])
        if name == "SSL":
            settings.is_secure = number
        elif name == "CRINDEX":
            settings.context = number
    elif name in SOCKET_NAMES:
        value = _name(arguments, 2)
        if name == "PSKTABLE":
            settings.psk_table = value
        elif name == "CACERT":
            settings.authority = value
        else:
            settings.certificate = value
    else:
        raise ArgumentMistake(f"CASSLCFG knows no {name!r}")


def is_secure(modem: Modem, socket_id: int) -> bool:
    """Whether `AT+CAOPEN` on this id shakes hands."""
    return bool(modem.ram.of(SimcomRam).ssl_sockets.get(socket_id, SslSocket()).is_secure)


def shake_hands(modem: Modem, socket: UdpSocket) -> Generator[Step, Any, int]:
    """What `AT+CAOPEN` does on a secure id that has its peer: its <result>, 0 when connected."""
    ram = modem.ram.of(SimcomRam)
    settings = ram.ssl_sockets[socket.id]
    context = ram.ssl_contexts.get(settings.context, SslContext())
    credentials = modem.nvm.of(SimcomNvm).psk_tables.get(settings.psk_table or "")
    if context.protocol != DTLS_PROTOCOL or credentials is None:
        modem.mistake("CAOPEN for DTLS without its protocol or its PSK table", id=socket.id)
        return BAD_PARAMETER
    if context.version != DTLS_1_2:
        modem.mistake("CAOPEN for a version other than DTLS 1.2", id=socket.id)
        return UNSUPPORTED
    socket.tunnel = Tunnel(modem.sockets, socket, credentials)
    is_up = yield from socket.tunnel.handshake()
    return 0 if is_up else NOT_CONNECTED


def put_under_tls(modem: Modem, stream: TcpSocket) -> int:
    """Prepare a secure id of TCP for its handshake: 0, or the <result> of AT+CAOPEN."""
    ram, nvm = modem.ram.of(SimcomRam), modem.nvm.of(SimcomNvm)
    settings = ram.ssl_sockets[stream.id]
    context = ram.ssl_contexts.get(settings.context, SslContext())
    if context.version not in TLS_VERSIONS or context.protocol == DTLS_PROTOCOL:
        modem.mistake("CAOPEN of TCP with the version or protocol of DTLS", id=stream.id)
        return UNSUPPORTED
    is_known = settings.authority is None or settings.authority in nvm.authorities
    is_known &= settings.certificate is None or settings.certificate in nvm.certificates
    if not is_known:
        modem.mistake("CAOPEN with a certificate that was not converted", id=stream.id)
        return BAD_PARAMETER
    certificate, key = nvm.certificates.get(settings.certificate or "", (None, None))
    lowest, highest = TLS_VERSIONS[context.version]
    profile = TlsProfile(
        lowest,
        highest,
        authorities=None if settings.authority is None else nvm.authorities[settings.authority],
        certificate=certificate,
        key=key,
        server_name=context.server_name,
        checked_at=None if context.ignores_clock else shown_time(modem),
    )
    stream.tls = TlsTunnel(context_of(profile), profile, stream)
    return 0
