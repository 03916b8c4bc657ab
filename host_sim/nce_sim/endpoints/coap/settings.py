"""The settings of a CoAP endpoint; the marks say where a default comes from.

[D] documented by 1NCE   [R] RFC   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Transmission:
    """When a confirmable message is repeated, and when it is given up (RFC 7252, 4.8)."""

    ack_timeout_ms: int = 2_000  # [R]
    ack_random_factor: float = 1.5  # [R]
    max_retransmit: int = 4  # [R], [D] for the Device Controller: given up after 62 to 93 s

    def __post_init__(self) -> None:
        if self.ack_timeout_ms < 1 or self.ack_random_factor < 1 or self.max_retransmit < 0:
            raise ValueError(f"{self} repeats nothing: RFC 7252, 4.8 has 2000, 1.5 and 4")


@dataclass(frozen=True)
class CoapSettings:
    """Policy and bounds of a `CoapServer`."""

    # [U] 1NCE says nothing of block-wise transfer at the data endpoint. Off: a block of a larger
    # body meets 4.02, as an option that the resource does not know (RFC 7959, 2.2).
    block_wise: bool = False
    block_bytes: int = 1_024  # [R] the largest block, a power of two from 16 to 1024
    upload_max_bytes: int = 5_120  # [U] what the CoAP proxy takes is [D]; more meets 4.13
    transfer_timeout_ms: int = 247_000  # [R] EXCHANGE_LIFETIME since the last block, then 4.08
    max_transfers: int = 1_024  # [U] uploads, and downloads, under way; the oldest makes room
    # [D] responses are piggybacked. A number: an empty ACK at once, the response that much later
    # as a confirmable message of its own (RFC 7252, 5.2.2).
    separate_after_ms: int | None = None
    proxies: bool = False  # whether Proxy-Uri is taken; with False it meets 5.05 (RFC 7252, 5.7.2)
    no_response: bool = False  # [U] the No-Response option (RFC 7967), elective: ignored when off
    transmission: Transmission = field(default_factory=Transmission)

    def __post_init__(self) -> None:
        _check_block(self.block_bytes)


@dataclass(frozen=True)
class ClientSettings:
    """Policy and bounds of a `CoapClient`."""

    transmission: Transmission = field(default_factory=Transmission)
    # [R] MAX_TRANSMIT_WAIT: how long a device that confirmed a request may take to answer it.
    response_patience_ms: int = 93_000
    nstart: int = 1  # [R] requests to one peer at a time; the others wait in line
    block_bytes: int = 1_024  # [R] the largest block, a power of two from 16 to 1024
    # [U] 1NCE does not say whether it fetches a response in blocks. Here it does, up to this size.
    response_max_bytes: int = 5_120

    def __post_init__(self) -> None:
        _check_block(self.block_bytes)


def _check_block(size: int) -> None:
    if size not in (16, 32, 64, 128, 256, 512, 1024):
        raise ValueError(f"block_bytes is {size}; RFC 7959, 2.2 has powers of two, 16 to 1024")
