"""The assumptions of the Cloud Integrator where no source documents it.

[D] documented by 1NCE   [C] seen in its code   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "1.0.0"  # [D] of every event type


@dataclass(frozen=True)
class CloudsSettings:
    """Webhooks and AWS IoT Core."""

    waits_ms: tuple[int, ...] = (150_000, 180_000, 420_000, 1_020_000)  # [D] then it is disabled
    timeout_ms: int = 20_000  # [D]
    most_integrations: int = 10  # [U] of an organisation, both types together
    most_headers: int = 20  # [U]
    most_header_characters: int = 4_096  # [U] of all names and values of a webhook
    # [U] how long after its creation an AWS integration finds the customer's stack rolled out, as
    # if somebody had run it; None waits for `rolled_out` or `rollout_failed`.
    rollout_ms: int | None = 60_000
    aws_account_id: str = "123456789012"  # [D] of the examples: the customer's account
    aws_region: str = "eu-central-1"  # [D] of the examples
    # [U] where events for AWS go; "mqtts://host:8883" takes a broker in AWS's place.
    aws_url: str = "aws-iot://eu-central-1"
    jwt_life_s: int = 3_600  # [D]
    # [C] version 1.2.0 of the stack in 1NCE's cfn-templates; [U] the address of its file
    stacks: tuple[tuple[str, str], ...] = (
        ("v1.2.0", "https://github.com/1NCE-GmbH/cfn-templates"),
    )

    def __post_init__(self) -> None:
        if any(wait < 0 for wait in self.waits_ms) or self.most_integrations < 1:
            raise ValueError(
                f"waits_ms {self.waits_ms} and most_integrations {self.most_integrations}: "
                "waits are at least 0, and one integration is allowed at least"
            )
