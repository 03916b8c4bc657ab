"""The Device Authenticator: a SIM's DTLS identity and key for the asking (`GET /bootstrap`).

    authenticator = Authenticator(random_stream)
    reply = authenticator.bootstrap(sim.iccid, now_ms)     # b"8988…,A1b2…,coaps://…"
    authenticator.psk(sim.iccid)                           # what a DTLS server looks up

The first call makes a key; later calls return it, but a call five minutes or more after the one
before makes a new one, unless the customer set the key. Documented by 1NCE; so no caller may
retry at leisure.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from random import Random

from nce.coap import options
from nce_sim.sim_card import masked

from .settings import AuthenticatorSettings

_ALPHANUMERIC = string.ascii_letters + string.digits

STRING = "STRING"
HEX = "HEX"


@dataclass
class _Credential:
    text: str = field(repr=False)
    key: bytes = field(repr=False)
    is_customers: bool
    called_ms: int | None = None


class Authenticator:
    """The keys of all SIMs; they never show in `repr` or errors."""

    def __init__(self, random: Random, settings: AuthenticatorSettings | None = None) -> None:
        self._random = random
        self._settings = settings or AuthenticatorSettings()
        self._credentials: dict[str, _Credential] = {}

    def bootstrap(self, iccid: str, now_ms: int) -> bytes:
        """The CSV line for one call of the SIM `iccid` at `now_ms`."""
        credential = self._credentials.get(iccid)
        if credential is None or self._is_stale(credential, now_ms):
            credential = self._generate()
            self._credentials[iccid] = credential
        credential.called_ms = now_ms
        return f"{iccid},{credential.text},{self._settings.coaps_url}".encode()

    @property
    def response_options(self) -> tuple[tuple[int, bytes], ...]:
        """The CoAP options of the reply: a Content-Format if one is set."""
        number = self._settings.content_format
        if number is None:
            return ()
        return ((options.CONTENT_FORMAT, options.uint_value(number)),)

    def psk(self, iccid: str) -> bytes | None:
        """The key of `iccid`, or None when it never had one."""
        credential = self._credentials.get(iccid)
        return credential.key if credential is not None else None

    def rotate(self, iccid: str) -> None:
        """Make a new key for `iccid` now; a device that kept the old one is refused.

        As if somebody else with the SIM had called five minutes after the device: its next call
        gets the new key. ValueError when the SIM has no key yet.
        """
        former = self._credentials.get(iccid)
        if former is None:
            raise ValueError(
                f"the SIM {masked(iccid)} has no key yet; its device has to fetch one first"
            )
        self._credentials[iccid] = self._generate()
        self._credentials[iccid].called_ms = former.called_ms

    def set_psk(self, iccid: str, secret: str, key_format: str = STRING) -> None:
        """Set a key as the customer: 8 to 256 characters, taken as they are or as HEX."""
        if not 8 <= len(secret) <= 256 or not secret.isascii() or "," in secret:
            raise ValueError(
                f"a key of {len(secret)} characters; 8 to 256 ASCII characters without a comma "
                "are possible"
            )
        if key_format == STRING:
            key = secret.encode()
        elif key_format == HEX:
            try:
                key = bytes.fromhex(secret)
            except ValueError:
                raise ValueError(
                    "the key is not hexadecimal; give an even number of digits, or use STRING"
                ) from None
        else:
            raise ValueError(f"key format {key_format!r} is neither STRING nor HEX")
        self._credentials[iccid] = _Credential(secret, key, is_customers=True)

    def _is_stale(self, credential: _Credential, now_ms: int) -> bool:
        if credential.is_customers or credential.called_ms is None:
            return False
        return now_ms - credential.called_ms >= self._settings.regenerate_after_ms

    def _generate(self) -> _Credential:
        text = "".join(self._random.choices(_ALPHANUMERIC, k=self._settings.psk_characters))
        return _Credential(text, text.encode(), is_customers=False)
