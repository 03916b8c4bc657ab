"""The settings of the LwM2M endpoint; the marks say where a default comes from.

[C] as Leshan does, which 1NCE's server resembles   [D] documented by 1NCE   [R] RFC
[U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.endpoints.coap.settings import ClientSettings, CoapSettings


@dataclass(frozen=True)
class Lwm2mEndpointSettings:
    """Messages, lines and patience of the LwM2M endpoint; its ports are those of the service."""

    coap: CoapSettings = field(
        # [U] a list of links, or a Send, may come in blocks; a larger one meets 4.13
        default_factory=lambda: CoapSettings(block_wise=True, upload_max_bytes=32_768)
    )
    client: ClientSettings = field(
        # [U] what a client answers, or notifies of, in blocks
        default_factory=lambda: ClientSettings(response_max_bytes=32_768)
    )
    # [R] MAX_TRANSMIT_WAIT (OMA LwM2M Transport 1.1, 6.5): for so long after its last message a
    # client in queue mode hears us. Then requests wait for its next message.
    awake_ms: int = 93_000
    most_waiting: int = 32  # [U] requests in line for one client; one more has no reply
    # [D] as a scheduled action: a request that has waited this long has no reply
    waiting_ms: int = 86_400_000
    bootstrap_after_ms: int = 5  # [C] after the 2.04, so that it comes first
    # [U] 1NCE: unknown. Leshan discovers, to leave the bootstrap server's own instance alone.
    bootstrap_discovers: bool = False
    bootstrap_attempts: int = 3  # [U] of a step that is needed, while the client refuses it
    bootstrap_again_ms: int = 2_000  # [U] between two of them
    bootstrap_patience_ms: int = 247_000  # [U] EXCHANGE_LIFETIME, for all of a bootstrap

    def __post_init__(self) -> None:
        if self.most_waiting < 1 or self.bootstrap_attempts < 1:
            raise ValueError(
                f"most_waiting {self.most_waiting} and bootstrap_attempts "
                f"{self.bootstrap_attempts}: at least 1 each"
            )
        if min(self.awake_ms, self.bootstrap_after_ms, self.bootstrap_again_ms) < 0:
            raise ValueError("awake_ms, bootstrap_after_ms and bootstrap_again_ms are at least 0")
        if min(self.waiting_ms, self.bootstrap_patience_ms) < 1:
            raise ValueError("waiting_ms and bootstrap_patience_ms are at least 1")
