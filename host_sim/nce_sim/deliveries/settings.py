"""The bounds of deliveries where no source documents them.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeliverySettings:
    """How deliveries leave, whatever service they are of."""

    # [D] public HTTPS alone. True adds loopback, by HTTP as well: a developer's own server.
    allow_loopback: bool = False
    # [U] a file of PEM certificates, trusted beside the system's: a server with a CA of its own
    extra_ca_file: str | None = None
    timeout_ms: int = 20_000  # [D] webhooks; [U] the others
    most_in_flight: int = 32  # [U] requests at a time, over all targets; one for each target
    # [U] deliveries that wait for one target: one more is not taken, and its owner hears of it.
    # What was taken before is delivered in its order.
    most_waiting: int = 10_000
    most_answer_bytes: int = 65_536  # [U] an answer is read no further; its status counts
    store_retry_ms: int = 250  # [U] an outcome that the database did not take is written again
    user_agent: str = "1NCE-OS-simulator"  # [U]
    aws_threads: int = 4  # [U] boto3 blocks: requests to AWS at a time
    # Another server than AWS's own, such as moto's; credentials are found as boto3 finds them.
    aws_endpoint_url: str | None = None
    # Files of PEM for a broker in AWS's place (mqtts): its authority, our certificate and key.
    mqtt_ca_file: str | None = None
    mqtt_certificate_file: str | None = None
    mqtt_key_file: str | None = None

    def __post_init__(self) -> None:
        for name in ("timeout_ms", "most_in_flight", "most_waiting", "store_retry_ms"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
