"""Quectel's TLS: contexts, and sockets over them.

+QSSLCFG +QSSLOPEN +QSSLSEND +QSSLRECV +QSSLCLOSE +QSSLSTATE

    AT+QSSLCFG="seclevel",1,1; AT+QSSLCFG="cacert",1,"UFS:ca.pem"
    AT+QSSLOPEN=1,1,4,"example.com",443,0           OK, then +QSSLOPEN: 4,0
    AT+QSSLSEND=4,5; AT+QSSLRECV=4,1500; AT+QSSLCLOSE=4

[S] forms as TinyGSM, LooUQ's drivers and field logs have them; Quectel's SSL application notes
were not read. [I] that settings are lost by a restart, the defaults, that ids are shared with
AT+QIOPEN, and that nobody compares the server's name: no setting of these modems says so.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import shown_time
from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.quectel.context_commands import failed, sockets_of
from nce_sim.modem.personalities.quectel.memory import SSL_DEFAULTS, QuectelNvm, QuectelRam
from nce_sim.modem.personalities.quectel.secure_streams import PUSH, SecureConnection
from nce_sim.modem.personalities.quectel.streams import STATES, QuectelStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.tls_tunnel import TlsProfile, context_of
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

CONNECT_LIMIT_MS = 150_000
MOST_SOCKETS, MOST_CONTEXTS, MOST_SENT, MOST_READ = 12, 6, 1460, 1500
SEND_MS = 5
# The settings that are numbers, and their bounds.
NUMBERS = {
    "sslversion": (0, 4),
    "seclevel": (0, 2),
    "ignorelocaltime": (0, 1),
    "negotiatetime": (10, 300),
    "sni": (0, 1),
}
# <sslversion>; 0 is SSL 3.0, which OpenSSL does not have any more.
VERSIONS = {
    1: (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1),
    2: (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1),
    3: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    4: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
}


@COMMANDS.add("+QSSLCFG")
def setting(modem: Modem, command: Command) -> None:
    """`AT+QSSLCFG="<name>",<context>[,<value>]`: read or set."""
    arguments = command.set_arguments
    name = arguments.text(0).lower()
    context = arguments.integer(1, 0, MOST_CONTEXTS - 1)
    if name not in SSL_DEFAULTS:
        raise ArgumentMistake(f"QSSLCFG knows no {name!r}")
    settings = modem.ram.of(QuectelRam).ssl_contexts[context]
    if not arguments.is_given(2):
        value = settings[name]
        quoted = f'"{value}"' if name in ("cacert", "clientcert", "clientkey") else value
        modem.info(f'+QSSLCFG: "{name}",{context},{quoted}')
    elif name in NUMBERS:
        settings[name] = str(arguments.integer(2, *NUMBERS[name]))
    else:
        value = arguments.text(2) if name != "ciphersuite" else arguments.values[2]
        if name == "ciphersuite":
            _suite(str(value))
        settings[name] = str(value)


def _suite(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise ArgumentMistake(f"{text!r} is no cipher suite") from None


@COMMANDS.add("+QSSLOPEN")
def open_secure(modem: Modem, command: Command) -> None:
    """`AT+QSSLOPEN=<pdp>,<context>,<id>,"<host>",<port>[,<mode>]`: OK, `+QSSLOPEN` when done."""
    arguments = command.set_arguments
    arguments.integer(0, 1, 16)
    which = arguments.integer(1, 0, MOST_CONTEXTS - 1)
    connect_id = arguments.integer(2, 0, MOST_SOCKETS - 1)
    peer = Address(arguments.text(3), arguments.integer(4, 1, 65_535))
    mode = arguments.integer(5, 0, PUSH, default=0)  # transparent mode is not simulated
    store = sockets_of(modem)
    settings = modem.ram.of(QuectelRam).ssl_contexts[which]

    def report_later(error: int) -> None:
        modem.later(20, lambda: store.streams.report(connect_id, error, "+QSSLOPEN"))

    if store.is_used(connect_id):
        modem.mistake("QSSLOPEN on an id in use", id=connect_id)
        report_later(563)
        return
    if not store.context_is_active:
        modem.mistake("QSSLOPEN without an active context", id=connect_id)
        report_later(561)
        return
    try:
        profile = _profile(modem, settings, peer.host)
        context = context_of(profile)
    except ValueError as error:
        # Without its files it does not connect (a field log has 566).
        modem.note("tls", id=connect_id, state="failed", reason=str(error))
        report_later(566)
        return
    stream = store.streams.take_id(connect_id, peer)
    stream.mode = mode
    stream.secure = secure = SecureConnection(
        store.streams, stream, profile, context,
        ssl_context=which, limit_ms=int(settings["negotiatetime"]) * 1000,
    )  # fmt: skip

    def found(addresses: list[str]) -> None:
        if store.streams.by_id.get(connect_id) is not stream or stream.is_over:
            return
        if addresses:
            stream.peer = Address(addresses[0], peer.port)
            if store.streams.connect(stream, CONNECT_LIMIT_MS):
                return
        secure.report(566 if addresses else 565)

    if is_dotted(peer.host):
        modem.later(20, lambda: found([peer.host]))
    else:
        assert modem.radio.session is not None
        modem.radio.session.resolve(peer.host, found)


def _profile(modem: Modem, settings: dict[str, str], host: str) -> TlsProfile:
    """What a context says; ValueError when a file that it names is not there."""
    files = modem.nvm.of(QuectelNvm).files

    def content(name: str) -> bytes:
        path = settings[name].removeprefix("UFS:")
        if path not in files:
            raise ValueError(f"{name}: there is no file {path!r}")
        return files[path]

    level, version = int(settings["seclevel"]), int(settings["sslversion"])
    if version not in VERSIONS:
        raise ValueError("SSL 3.0 is not simulated")
    lowest, highest = VERSIONS[version]
    return TlsProfile(
        lowest,
        highest,
        suite=_suite(settings["ciphersuite"]),
        authorities=content("cacert") if level else None,
        certificate=content("clientcert") if level == 2 else None,
        key=content("clientkey") if level == 2 else None,
        server_name=host if settings["sni"] == "1" and not is_dotted(host) else None,
        checked_at=shown_time(modem) if settings["ignorelocaltime"] == "0" else None,
    )


def _secure(modem: Modem, arguments: Arguments) -> tuple[QuectelStream, SecureConnection]:
    connect_id = arguments.integer(0, 0, MOST_SOCKETS - 1)
    stream = sockets_of(modem).streams.by_id.get(connect_id)
    if stream is None or stream.secure is None:
        modem.mistake("a TLS socket that is not open", id=connect_id)
        raise failed(modem, 567)
    return stream, stream.secure


@COMMANDS.add("+QSSLSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+QSSLSEND=<id>[,<length>]`: prompt, payload, `SEND OK`; `SEND FAIL` without room."""
    arguments = command.set_arguments
    arguments.at_most(2)
    _, secure = _secure(modem, arguments)
    if not secure.is_open:
        raise failed(modem, 567)
    length = arguments.integer(1, 1, MOST_SENT, default=-1)
    echo = bool(modem.ram.of(QuectelRam).payload_is_echoed)
    payload = yield Prompt(None if length < 0 else length, echo=echo)
    if payload is None:
        return None  # cancelled by ESC
    if not 0 < len(payload) <= MOST_SENT:
        raise CommandFailed()
    yield Pause(SEND_MS)
    if not secure.is_open:
        raise failed(modem, 567)
    if modem.faults.taken_of(len(payload)) < len(payload) or not secure.tunnel.send(payload):
        return "SEND FAIL"
    return "SEND OK"


@COMMANDS.add("+QSSLRECV")
def read(modem: Modem, command: Command) -> None:
    """`AT+QSSLRECV=<id>,<most>`: a header with the count, then so many bytes; `0` for none."""
    arguments = command.set_arguments
    stream, secure = _secure(modem, arguments)
    most = arguments.integer(1, 1, MOST_READ)
    if stream.mode == PUSH:
        modem.mistake("QSSLRECV on a socket that has no buffer", id=stream.id)
        raise failed(modem, 567)
    data = secure.read(most)
    if not data:
        modem.info("+QSSLRECV: 0")
        return
    modem.terminal.raw(modem.terminal.framed(f"+QSSLRECV: {len(data)}") + data + b"\r\n")


@COMMANDS.add("+QSSLCLOSE")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+QSSLCLOSE=<id>[,<s>]`: close_notify, FIN, and the id is free; OK also for a free one."""
    connect_id = command.set_arguments.integer(0, 0, MOST_SOCKETS - 1)
    limit_s = command.arguments.integer(1, 0, 65_535, default=10)
    yield Pause(20)
    streams = sockets_of(modem).streams
    stream = streams.by_id.get(connect_id)
    if stream is not None:
        if stream.secure is None:
            modem.mistake("QSSLCLOSE of a plain socket", id=connect_id)
            raise failed(modem, 567)
        stream.secure.tunnel.close()
        yield from streams.finish(stream, limit_s * 1_000)
    return None


@COMMANDS.add("+QSSLSTATE")
def state(modem: Modem, command: Command) -> None:
    """`AT+QSSLSTATE[=<id>]`: the TLS sockets, as `AT+QISTATE` has them, with their context."""
    if command.form is Form.TEST:
        return
    streams = sockets_of(modem).streams
    wanted = range(MOST_SOCKETS)
    if command.form is Form.SET:
        only = command.arguments.integer(0, 0, MOST_SOCKETS - 1)
        wanted = range(only, only + 1)
    for connect_id in wanted:
        stream = streams.by_id.get(connect_id)
        if stream is None or stream.secure is None:
            continue
        number = 4 if stream.is_told_closed else STATES[stream.phase]
        modem.info(
            f'+QSSLSTATE: {connect_id},"SSLClient","{stream.peer.host}",{stream.peer.port},'
            f"{stream.local_port},{number},1,{connect_id},{stream.mode},"
            f'"uart1",{stream.secure.ssl_context}'
        )
