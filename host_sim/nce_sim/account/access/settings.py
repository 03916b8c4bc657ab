"""The assumptions of access where no source documents it.

[D] documented by 1NCE   [C] seen in clients   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AccessSettings:
    """Secrets, passwords and tokens."""

    token_lifetime_ms: int = 3_600_000  # [D] `expires_in` 3600
    # [U] of a portal user, by the world's time: that may jump over months without a sign-out. The
    # browser forgets it when it is closed.
    session_lifetime_ms: int = 31_622_400_000
    most_sessions: int = 20  # [U] of a user; the oldest ends for one more
    link_lifetime_ms: int = 604_800_000  # [U] of a link that signs in once
    token_characters: int = 64  # [U] opaque; 1NCE's have about 3000 [C]
    most_tokens: int = 10_000  # [U] the oldest is forgotten for one more
    secret_characters: int = 40  # [U] of A-Z, a-z and 0-9
    # [U] Scrypt's N, a power of two; 16384 takes some 40 ms and 16 MB for each new secret, and for
    # each token that is not given again.
    scrypt_cost: int = 16_384
    least_password_characters: int = 10  # [U]
    most_secret_characters: int = 256  # [U] of a password or a secret from outside
    # [D] API v2: the owner gets a token and may not call; v1's documents let the owner call.
    owner_may_call_api: bool = False
    owner_email: str = "owner@example.com"  # [U] of the account that a new world has

    def __post_init__(self) -> None:
        cost = self.scrypt_cost
        if cost < 2 or cost & (cost - 1):
            raise ValueError(f"scrypt_cost is {cost}; use a power of two, such as 16384")
