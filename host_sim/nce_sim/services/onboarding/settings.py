"""The assumptions of the older onboarding where no source documents it.

[C] seen in 1NCE's own clients   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OnboardingSettings:
    """What a device is told beside its certificate and key."""

    endpoint: str = "simulated-ats.iot.eu-central-1.amazonaws.com"  # [U] of a customer's account
    root_ca_url: str = "https://www.amazontrust.com/repository/AmazonRootCA1.pem"  # [C]
    lifetime_days: int = 3_650  # [U] of certificates
    port: int = 80  # [U] in the simulated network: 1NCE's had TLS in front
    request_max_bytes: int = 8_192  # [U] of a request's head
    patience_ms: int = 30_000  # [U] for a request that does not end
