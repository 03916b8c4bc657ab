"""The settings of a DTLS server; the marks say where a default comes from.

[R] RFC   [M] measured at other servers   [U] undocumented at 1NCE: ours, change it freely
"""

from __future__ import annotations

from dataclasses import dataclass

from nce_sim.wire.dtls.suites import SUITES

ALERT = "alert"
SILENCE = "silence"


@dataclass(frozen=True)
class DtlsSettings:
    """Policy and bounds of a `DtlsServer`."""

    suites: tuple[int, ...] = tuple(SUITES)  # [U] in order of preference, smallest records first
    encrypt_then_mac: bool = True  # [R] RFC 7366, for the CBC suite of clients that offer it
    require_extended_master_secret: bool = False  # [R] RFC 7627, 5.3 leaves it to policy
    unknown_identity: str = ALERT  # [U] `alert`: unknown_psk_identity (RFC 4279, 2), or `silence`
    wrong_key: str = SILENCE  # [M] all servers measured drop the bad Finished; or `alert`
    # [U] An unprotected message may be anyone's, so a refusal for one waits this long for the
    # peer's own; less than the second after which the quickest clients repeat themselves.
    refuse_after_ms: int = 500
    # [R] RFC 7925, 11: 9 s for constrained networks. A repeated client flight is answered at once.
    retransmit_ms: int = 9_000
    retransmit_max_ms: int = 60_000  # [R] RFC 6347, 4.2.4.1
    retransmissions: int = 4  # [U] after these a half-open handshake is forgotten
    idle_timeout_ms: int | None = None  # [U] 1NCE documents none
    # 1NCE says nothing of the next three: all off.
    session_ids: bool = False  # [U] resumption by session id (RFC 5246, 7.3)
    session_tickets: bool = False  # [U] and by ticket, for clients that offer it (RFC 5077)
    # [U] Connection ID (RFC 9146): None is off, else the length of those this server hands out.
    # 0 puts the client's ID into records to it, but asks none of the client.
    connection_id_bytes: int | None = None
    # [U] with a connection ID, an inner plaintext is padded to a multiple of this
    connection_id_padding_bytes: int = 1
    session_lifetime_ms: int = 86_400_000  # [R] RFC 5246, F.1.4: at most 24 hours
    max_sessions: int = 4096  # [U] those kept for resumption by id; the oldest makes room
    max_associations: int = 4096  # [U] the longest idle one makes room
    max_half_open: int = 1024  # [U] the oldest one makes room
    cookie_slot_ms: int = 60_000  # [U] a cookie is good in its slot and the next
    cookie_bytes: int = 16  # [U]

    def __post_init__(self) -> None:
        unknown = [number for number in self.suites if number not in SUITES]
        if unknown or not self.suites:
            raise ValueError(
                f"suites {[hex(number) for number in unknown]} are not among "
                f"{[hex(number) for number in SUITES]}; name at least one of those"
            )
        length = self.connection_id_bytes
        if length is not None and not 0 <= length <= 32:
            raise ValueError(f"connection_id_bytes is {length}; None or 0 to 32 are possible")
        if not 1 <= self.connection_id_padding_bytes <= 256:
            raise ValueError(
                f"connection_id_padding_bytes is {self.connection_id_padding_bytes}, not 1 to 256"
            )
        for name in ("unknown_identity", "wrong_key"):
            if getattr(self, name) not in (ALERT, SILENCE):
                raise ValueError(f"{name} is {getattr(self, name)!r}, not 'alert' or 'silence'")
