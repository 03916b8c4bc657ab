"""From the pre-shared key to record keys (RFC 5246, 5, 6.3, 8.1; RFC 4279, 2; RFC 7627).

    master = master_secret(psk, b"extended master secret", transcript_hash)
    block = prf(master, b"key expansion", server_random + client_random, length)

All suites of the table use the PRF with SHA-256.
"""

from __future__ import annotations

import hashlib
import hmac

MASTER_SECRET_BYTES = 48
VERIFY_DATA_BYTES = 12


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """P_SHA256 of the label and the seed (RFC 5246, 5)."""
    seed = label + seed
    out = b""
    a = seed
    while len(out) < length:
        a = hmac.digest(secret, a, hashlib.sha256)
        out += hmac.digest(secret, a + seed, hashlib.sha256)
    return out[:length]


def psk_premaster(psk: bytes) -> bytes:
    """The premaster secret of plain PSK: as many zeros as the key is long, then the key."""
    length = len(psk).to_bytes(2, "big")
    return length + bytes(len(psk)) + length + psk


def master_secret(psk: bytes, label: bytes, seed: bytes) -> bytes:
    """Seed: both randoms for `master secret`, the session hash for the extended one (RFC 7627)."""
    return prf(psk_premaster(psk), label, seed, MASTER_SECRET_BYTES)


def finished_verify_data(master: bytes, label: bytes, transcript: bytes) -> bytes:
    """The body of a Finished message (RFC 5246, 7.4.9)."""
    return prf(master, label, hashlib.sha256(transcript).digest(), VERIFY_DATA_BYTES)
