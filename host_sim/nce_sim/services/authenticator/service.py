"""The Device Authenticator: gives a SIM its DTLS identity and key (`GET /bootstrap`).

    authenticator = Authenticator(random_stream, storage)
    reply = authenticator.bootstrap(sim.iccid, now_ms)     # b"8988…,A1b2…,coaps://…"
    authenticator.psk(sim.iccid)                           # what a DTLS server looks up

The first call makes a key, and later calls return it. A call five minutes or more after the
previous one makes a new key, unless the customer set the key. 1NCE documents this; so a device
that retries late loses its key. Keys are in the database before any device gets them.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field, replace
from random import Random

from sqlalchemy import select

from nce.coap import options
from nce_sim.services.authenticator.settings import AuthenticatorSettings
from nce_sim.services.authenticator.tables import CREDENTIAL
from nce_sim.sim_card import masked
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(CREDENTIAL)
_ALPHANUMERIC = string.ascii_letters + string.digits

STRING = "STRING"
HEX = "HEX"


@dataclass(frozen=True)
class _Credential:
    text: str = field(repr=False)
    key_format: str
    is_customers: bool
    called_ms: int | None = None  # since 1970

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.text) if self.key_format == HEX else self.text.encode()


class Authenticator:
    """The keys of all SIMs; they never show in `repr` or errors.

    `epoch_ms` is the time since 1970 when the world's clock shows 0: keys outlive a world.
    """

    def __init__(
        self,
        random: Random,
        storage: Storage,
        settings: AuthenticatorSettings | None = None,
        *,
        epoch_ms: int = 0,
    ) -> None:
        self._random = random
        self._storage = storage
        self._settings = settings or AuthenticatorSettings()
        self._epoch_ms = epoch_ms
        self._credentials: dict[str, _Credential] = {
            row.iccid: _Credential(row.text, row.key_format, row.is_customers, row.called_ms)
            for row in storage.read(select(CREDENTIAL))
        }

    def bootstrap(self, iccid: str, now_ms: int, work: Work | None = None) -> bytes:
        """The CSV line for one call of the SIM `iccid` at `now_ms` of the world's clock.

        With `work` the key is valid once that is committed; without it, it is committed here.
        """
        called_ms = self._epoch_ms + now_ms
        credential = self._credentials.get(iccid)
        if credential is None or self._is_stale(credential, called_ms):
            credential = self._generate()
        credential = replace(credential, called_ms=called_ms)
        self._keep(iccid, credential, work)
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
        """Make a new key for `iccid` now; a device with the old key is refused.

        As if another device with the SIM had called five minutes later: the next call gets the new
        key. ValueError when the SIM has no key yet.
        """
        former = self._credentials.get(iccid)
        if former is None:
            raise ValueError(
                f"the SIM {masked(iccid)} has no key yet; its device must fetch one first"
            )
        self._keep(iccid, replace(self._generate(), called_ms=former.called_ms), None)

    def set_psk(self, iccid: str, secret: str, key_format: str = STRING) -> None:
        """Set a key as the customer: 8 to 256 characters, taken as they are or as HEX.

        For HEX the DTLS server uses the bytes that the digits stand for. `bootstrap` returns the
        digits: that is inferred, since its line is text and has no field for the format.
        """
        is_text = secret.isascii() and secret.isprintable()
        if not 8 <= len(secret) <= 256 or not is_text or "," in secret:
            raise ValueError(
                f"a key of {len(secret)} characters; use 8 to 256 printable ASCII characters "
                "without a comma"
            )
        if key_format == HEX:
            try:
                # Digits only: `fromhex` would skip blanks, which no client does.
                bytes.fromhex(secret.replace(" ", "?"))
            except ValueError:
                raise ValueError(
                    "the key is not hexadecimal; give an even number of digits, or use STRING"
                ) from None
        elif key_format != STRING:
            raise ValueError(f"unknown key format {key_format!r}; choose STRING or HEX")
        self._keep(iccid, _Credential(secret, key_format, is_customers=True), None)

    def _keep(self, iccid: str, credential: _Credential, work: Work | None) -> None:
        if work is None:
            with self._storage.unit() as own:
                self._keep(iccid, credential, own)
            return
        before = self._credentials.get(iccid)
        work.on_rollback(lambda: self._put(iccid, before))
        self._put(iccid, credential)
        row = {
            "iccid": iccid,
            "text": credential.text,
            "key_format": credential.key_format,
            "is_customers": credential.is_customers,
            "called_ms": credential.called_ms,
        }
        work.write(_KEEP, row)

    def _put(self, iccid: str, credential: _Credential | None) -> None:
        if credential is None:
            self._credentials.pop(iccid, None)
        else:
            self._credentials[iccid] = credential

    def _is_stale(self, credential: _Credential, called_ms: int) -> bool:
        if credential.is_customers or credential.called_ms is None:
            return False
        return called_ms - credential.called_ms >= self._settings.regenerate_after_ms

    def _generate(self) -> _Credential:
        text = "".join(self._random.choices(_ALPHANUMERIC, k=self._settings.psk_characters))
        return _Credential(text, STRING, is_customers=False)
