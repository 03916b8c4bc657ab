"""Tokens that name a place in a list: opaque to the caller, and good for one query only.

tokens = PageTokens(key)
token = tokens.made(4711, ("8000001", "COAP"))
tokens.read(token, ("8000001", "COAP"))       # 4711; Invalid for a forged or foreign one
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from nce_sim.problems import Invalid

_NUMBER_BYTES = 8
_MAC_BYTES = 16


class PageTokens:
    """Makes and reads the tokens of one world; they end with it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def made(self, number: int, query: Sequence[object]) -> str:
        """The token for a place in the answers to `query`."""
        place = number.to_bytes(_NUMBER_BYTES, "big")
        return base64.urlsafe_b64encode(place + self._mac(place, query)).decode()

    def read(self, token: str, query: Sequence[object]) -> int:
        """The place; Invalid when this world did not make the token for this query."""
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        place, mac = raw[:_NUMBER_BYTES], raw[_NUMBER_BYTES:]
        if not hmac.compare_digest(mac, self._mac(place, query)):
            raise Invalid(
                "the token is not one of this query; ask without a token, and give the same "
                "parameters with the tokens of the answer"
            )
        return int.from_bytes(place, "big")

    def _mac(self, place: bytes, query: Sequence[object]) -> bytes:
        return hmac.digest(self._key, place + repr(tuple(query)).encode(), "sha256")[:_MAC_BYTES]
