"""The key of one device for one protocol, and the rules for keys that customers set.

credential = Credential("0011223344556677", HEX, is_customers=True)
credential.key                    # what DTLS uses
checked("short", STRING)          # KeyRefused
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nce_sim.problems import Invalid

STRING = "STRING"
HEX = "HEX"
FORMATS = (STRING, HEX)
COAP = "COAP"
LWM2M = "LWM2M"
PROTOCOLS = (COAP, LWM2M)
LWM2M_SERVER = "LWM2M server"  # what a bootstrap hands out: no customer sees or sets it

MIN_CHARACTERS = 8
MAX_CHARACTERS = 256
MAX_IMPORTED_CHARACTERS = 128


class KeyRefused(Invalid, ValueError):
    """A key that no device could use."""


@dataclass(frozen=True)
class Credential:
    """A key; it never shows in `repr`. Times are in ms since 1970."""

    text: str = field(repr=False)
    key_format: str
    is_customers: bool
    called_ms: int | None = None
    created_ms: int | None = None
    updated_ms: int | None = None

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.text) if self.key_format == HEX else self.text.encode()

    @classmethod
    def of_row(cls, row: Any) -> Credential:
        """The credential of a row of either table."""
        return cls(
            row.text,
            row.key_format,
            row.is_customers,
            row.called_ms,
            row.created_ms,
            row.updated_ms,
        )


def checked(secret: str, key_format: str, max_characters: int = MAX_CHARACTERS) -> str:
    """The key, when it is one: printable text without a comma, or hexadecimal digits.

    For HEX the DTLS server uses the bytes that the digits stand for. `bootstrap` returns the
    digits: that is inferred, since its line is text and has no field for the format.
    """
    is_text = secret.isascii() and secret.isprintable()
    if not MIN_CHARACTERS <= len(secret) <= max_characters or not is_text or "," in secret:
        raise KeyRefused(
            f"a key of {len(secret)} characters; use {MIN_CHARACTERS} to {max_characters} "
            "printable ASCII characters without a comma"
        )
    if key_format == HEX:
        try:
            # Digits only: `fromhex` would skip blanks, which no client does.
            bytes.fromhex(secret.replace(" ", "?"))
        except ValueError:
            raise KeyRefused(
                "the key is not hexadecimal; give an even number of digits, or use STRING"
            ) from None
    elif key_format != STRING:
        raise KeyRefused(f"unknown key format {key_format!r}; choose STRING or HEX")
    return secret
