"""Secrets as they are stored: salted and hashed by Scrypt (RFC 7914), never the text.

    text = hashed("secret", random, cost=16_384)    # "scrypt$16384$<salt>$<key>"
    matches("secret", text)                         # True, in a time that tells nothing

The cost is part of the text, so another setting keeps the old secrets.
"""

from __future__ import annotations

import string
from random import Random

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_ALPHANUMERIC = string.ascii_letters + string.digits
_SALT_BYTES, _KEY_BYTES = 16, 32


def random_text(random: Random, characters: int) -> str:
    """Letters and digits."""
    return "".join(random.choices(_ALPHANUMERIC, k=characters))


def hashed(secret: str, random: Random, cost: int) -> str:
    """The text to store."""
    salt = random.randbytes(_SALT_BYTES)
    return f"scrypt${cost}${salt.hex()}${_scrypt(salt, cost).derive(secret.encode()).hex()}"


def matches(secret: str, text: str) -> bool:
    """Whether `text` was made of `secret`; compared in constant time."""
    _, cost, salt, key = text.split("$")
    try:
        _scrypt(bytes.fromhex(salt), int(cost)).verify(secret.encode(), bytes.fromhex(key))
    except InvalidKey:
        return False
    return True


def _scrypt(salt: bytes, cost: int) -> Scrypt:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=cost, r=8, p=1)
