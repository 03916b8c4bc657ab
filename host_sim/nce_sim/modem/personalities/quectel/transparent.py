"""Quectel's transparent access mode: the line is the connection, until `+++`.

BG95&BG77&BG600L TCP/IP Application Note V1.1, 1.3 and 2.3.4 [D]:

    AT+QIOPEN=1,0,"TCP","203.0.113.7",80,0,2    CONNECT
    (bytes, both ways)
    +++                                         OK, with a second of silence before and behind it
    ATO                                         CONNECT
    NO CARRIER                                  the peer closed; AT+QICLOSE gives the id back
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command
from nce_sim.modem.line.results import NO_CARRIER
from nce_sim.modem.line.steps import Hear, Steps
from nce_sim.modem.personalities.quectel.context_commands import failed, sockets_of
from nce_sim.modem.personalities.quectel.sockets import Kind
from nce_sim.modem.personalities.quectel.stream_commands import CONNECT_LIMIT_MS
from nce_sim.modem.personalities.quectel.streams import (
    CONNECT_FAILED,
    TRANSPARENT,
    QuectelStream,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.tcp_socket import Phase
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

STEP_MS, GUARD_MS = 20, 1_000
ESCAPE = b"+++"
MOST_WAITING = 16_384  # bytes of the host that wait for the send buffer; more are lost
MOST_AT_ONCE = 1_500


def open_online(
    modem: Modem, connect_id: int, kind: Kind, peer: Address, local_port: int
) -> Steps:
    """`AT+QIOPEN` with access mode 2: CONNECT when it is connected, or ERROR."""
    store = sockets_of(modem)
    if kind is not Kind.TCP:
        raise ArgumentMistake(f"no transparent mode for {kind.value}")
    if store.is_used(connect_id):
        modem.mistake("QIOPEN on an id in use", id=connect_id)
        raise failed(modem, 563)
    if not store.context_is_active:
        modem.mistake("QIOPEN without an active context", id=connect_id)
        raise failed(modem, 561)
    address = yield from resolved(modem, peer.host)
    if address is None:
        raise failed(modem, 565)
    stream = store.streams.take_id(connect_id, Address(address, peer.port))
    stream.mode = TRANSPARENT
    if not (yield from store.streams.opening(stream, CONNECT_LIMIT_MS, local_port)):
        store.streams.close(stream)
        raise failed(modem, CONNECT_FAILED)
    return (yield from _online(modem, stream))


@COMMANDS.add("O")
def back_online(modem: Modem, command: Command) -> Steps:
    """`ATO`: back to the connection that `+++` left."""
    streams = sockets_of(modem).streams.by_id.values()
    stream = next((each for each in streams if each.mode == TRANSPARENT), None)
    if stream is None or stream.phase is not Phase.OPEN:
        return NO_CARRIER
    return (yield from _online(modem, stream))


def _online(modem: Modem, stream: QuectelStream) -> Steps:
    streams, clock = sockets_of(modem).streams, modem.clock
    modem.terminal.interim("CONNECT")
    waiting, escape = bytearray(), b""
    last_ms = clock.now_ms() - GUARD_MS
    while stream.phase is Phase.OPEN:
        data: bytes = yield Hear(STEP_MS)
        is_after_silence = clock.now_ms() - last_ms >= GUARD_MS
        if data and (escape or is_after_silence) and ESCAPE.startswith(escape + data):
            escape += data
        elif data or is_after_silence:
            if escape == ESCAPE and not data:
                return None
            waiting += escape + data
            escape = b""
        if data:
            last_ms = clock.now_ms()
        if len(waiting) > MOST_WAITING:
            modem.mistake("more than the send buffer takes", lost=len(waiting) - MOST_WAITING)
            del waiting[MOST_WAITING:]
        if waiting:
            del waiting[: streams.send(stream, bytes(waiting)) or 0]
        while stream.pending:
            modem.terminal.raw(stream.read(MOST_AT_ONCE))
    return NO_CARRIER
