"""The assumptions of the LwM2M service where no source documents it.

[D] documented by 1NCE   [C] code of Leshan, which 1NCE's server is like   [I] inferred
[U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

from nce.coap import codes

# When a SIM has to bootstrap before it registers.
EACH_SESSION = "each session"
ONCE = "once"
NEVER = "never"


@dataclass(frozen=True)
class Lwm2mSettings:
    """Bootstrap, registrations and reports."""

    domain: str = "lwm2m.os.1nce.com"  # [D] the bootstrap server in /0/1/0
    plain_port: int = 5_683  # [D]
    secure_port: int = 5_684  # [D]
    server_id: int = 1_111  # [D]
    bootstrap_server_id: int = 2_222  # [D]
    lifetime_s: int = 86_400  # [D] of /1/0/1
    least_period_s: int = 1  # [D] of /1/0/2
    # [U] 1NCE's table has /1/0/0, 1 and 2 alone; object 1 requires 6 and 7, which Leshan writes.
    writes_all_mandatory: bool = True
    key_bytes: int = 16  # [U] of the key that each bootstrap makes
    deletes: tuple[str, ...] = ("0", "1")  # [U] objects that a bootstrap empties first
    # [D] "on every connect": since the SIM's session began. A program at a twin has no session:
    # one bootstrap is enough for it.
    needs_bootstrap: str = EACH_SESSION
    # [U] 1NCE: "not authorised", while the endpoint is not active or the terms are not accepted.
    inactive_code: int = codes.UNAUTHORIZED
    # [U] of a registration without a bootstrap; OMA's table of codes has 4.03 for "not allowed".
    direct_registration_code: int = codes.FORBIDDEN
    versions: tuple[str, ...] = ("1.0", "1.1")  # [D] 1.1 "at least partially"; others get 4.12
    default_lifetime_s: int = 86_400  # OMA-TS-LightweightM2M_Core 1.1, 6.2.1: without `lt`
    most_lifetime_s: int = 10 * 365 * 86_400  # [U] a longer one is taken as this
    most_observations: int = 100  # [U] of one client
    not_reported: tuple[int, ...] = (0, 1, 2, 3, 21)  # [D] 1, 2, 3; 0 and 21 are not readable
    # [U] what the controller reads goes to history, state and integrations as well.
    reads_are_telemetry: bool = True
    # RFC 7641, 3.4: one that is older than the last is no news. Its values are not kept.
    drops_stale_notifications: bool = True

    def __post_init__(self) -> None:
        if self.needs_bootstrap not in (EACH_SESSION, ONCE, NEVER):
            raise ValueError(
                f"needs_bootstrap is {self.needs_bootstrap!r}; give {EACH_SESSION!r}, {ONCE!r} or "
                f"{NEVER!r}"
            )
        if not 16 <= self.key_bytes <= 64:
            raise ValueError(f"key_bytes is {self.key_bytes}; give 16 to 64")
