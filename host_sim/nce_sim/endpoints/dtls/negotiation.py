"""The agreement of server and client: version, suite, extensions (RFC 5246, 7.4.1).

from nce_sim.wire.dtls.handshake import server_hello_body

agreed = negotiate(hello, settings, new_connection_id)    # Refusal when there is nothing
body = server_hello_body(random, b"", agreed.suite.number, agreed.extensions)

A resumed session keeps its suite; the rest is agreed again (RFC 9146, 3; RFC 7366).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.wire.dtls import alerts
from nce_sim.wire.dtls.handshake import (
    CONNECTION_ID,
    ENCRYPT_THEN_MAC,
    EXTENDED_MASTER_SECRET,
    RENEGOTIATION_INFO,
    ClientHello,
    MalformedHandshake,
    parse_connection_id,
)
from nce_sim.wire.dtls.record import DTLS_1_2
from nce_sim.wire.dtls.suites import SUITES, Suite


class Refusal(Exception):
    """The server refuses; `alert` is what it tells the peer, None for nothing.

    One that is not final is only reported: the handshake may still go on.
    """

    def __init__(self, alert: int | None, reason: str, *, is_final: bool = True) -> None:
        super().__init__(reason)
        self.alert = alert
        self.reason = reason
        self.is_final = is_final


@dataclass(frozen=True)
class Agreement:
    """The outcome, with the extensions of the ServerHello.

    `own_cid` is what the client puts into its records, `peer_cid` what it wants in ours; empty
    where there is none.
    """

    suite: Suite
    extended_master_secret: bool
    encrypt_then_mac: bool
    extensions: dict[int, bytes]
    own_cid: bytes = b""
    peer_cid: bytes = b""


def negotiate(
    hello: ClientHello,
    settings: DtlsSettings,
    new_connection_id: Callable[[], bytes | None],
    resumed_suite: int | None = None,
) -> Agreement:
    """Agree with a ClientHello, or raise `Refusal`.

    `new_connection_id()` gives an ID that no other association has, None when there is none.
    """
    # DTLS counts versions downwards: 0xFEFF is 1.0, 0xFEFD is 1.2.
    if hello.version > DTLS_1_2 or hello.version >> 8 != 0xFE:
        raise Refusal(
            alerts.PROTOCOL_VERSION,
            f"the client's highest version is 0x{hello.version:04X}; DTLS 1.2 is 0xFEFD",
        )
    if 0 not in hello.compressions:
        raise Refusal(alerts.ILLEGAL_PARAMETER, "the client does not offer null compression")
    # RFC 5746, 3.6: a first handshake renegotiates nothing. Another value is a splice: an attacker
    # joins this client's renegotiation to a handshake of his own.
    if hello.extensions.get(RENEGOTIATION_INFO, b"\0") != b"\0":
        raise Refusal(
            alerts.HANDSHAKE_FAILURE,
            "renegotiation_info is not empty, though this is a first handshake (RFC 5746, 3.6)",
        )
    number = _chosen_suite(hello, settings) if resumed_suite is None else resumed_suite
    suite = SUITES[number]
    extended = EXTENDED_MASTER_SECRET in hello.extensions
    if settings.require_extended_master_secret and not extended:
        raise Refusal(
            alerts.HANDSHAKE_FAILURE, "the client does not offer the extended master secret"
        )
    # Of no use with AEAD, and forbidden there (RFC 7366, 3).
    encrypt_then_mac = (
        settings.encrypt_then_mac and not suite.is_aead and ENCRYPT_THEN_MAC in hello.extensions
    )
    extensions: dict[int, bytes] = {}
    if hello.wants_secure_renegotiation:
        extensions[RENEGOTIATION_INFO] = b"\0"  # RFC 5746, 3.6: an empty renegotiated_connection
    if extended:
        extensions[EXTENDED_MASTER_SECRET] = b""
    if encrypt_then_mac:
        extensions[ENCRYPT_THEN_MAC] = b""
    own_cid = peer_cid = b""
    if settings.connection_id_bytes is not None and CONNECTION_ID in hello.extensions:
        given = new_connection_id()
        if given is not None:
            own_cid = given
            try:
                peer_cid = parse_connection_id(hello.extensions[CONNECTION_ID])
            except MalformedHandshake as error:
                raise Refusal(alerts.DECODE_ERROR, f"connection_id: {error}") from None
            extensions[CONNECTION_ID] = bytes([len(own_cid)]) + own_cid
    return Agreement(suite, extended, encrypt_then_mac, extensions, own_cid, peer_cid)


def _chosen_suite(hello: ClientHello, settings: DtlsSettings) -> int:
    for number in settings.suites:
        if number in hello.suites:
            return number
    offered = ", ".join(f"0x{suite:04X}" for suite in hello.suites[:16])
    accepted = ", ".join(SUITES[suite].name for suite in settings.suites)
    raise Refusal(
        alerts.HANDSHAKE_FAILURE,
        f"no common suite: the client offers {offered}; this server accepts {accepted}",
    )
