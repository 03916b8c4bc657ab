"""Mender's devices: the request that authenticates one, and the tokens that came of it.

    body, headers = auth_request(details, iccid)
    tokens.keep(plugin_id, iccid, host, token, work); tokens.of(iccid, host)

1NCE documents the body: the device's own is ignored. The signature is what Mender's server wants
of such a request: `X-MEN-Signature`, RSA with SHA-256 over the body, by the plugin's key.
"""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from sqlalchemy import bindparam, delete, select

from nce_sim.services.plugins.partners import MenderDetails, private_key_of
from nce_sim.services.plugins.tables import MENDER_TOKEN
from nce_sim.storage import Storage, Work, upsert

AUTH_PATH = "/api/devices/v1/authentication/auth_requests"
_PUT = upsert(MENDER_TOKEN)
_DROP = delete(MENDER_TOKEN).where(
    MENDER_TOKEN.c.iccid == bindparam("of_iccid"), MENDER_TOKEN.c.host == bindparam("of_host")
)
_DROP_ALL = delete(MENDER_TOKEN).where(MENDER_TOKEN.c.plugin_id == bindparam("of_plugin"))
_MOST_TOKEN_CHARACTERS = 4_096


def auth_request(details: MenderDetails, iccid: str) -> tuple[bytes, dict[str, str]]:
    """The body that 1NCE sends for a device, and its headers."""
    identity = json.dumps({"iccid": iccid}, separators=(",", ":"))
    body = json.dumps(
        {
            "id_data": identity,
            "pubKey": details.public_key,
            "tenant_token": details.tenant_token,
        },
        separators=(",", ":"),
    ).encode()
    key = private_key_of(details.private_key or "")
    signature = key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return body, {
        "Content-Type": "application/json",
        "X-MEN-Signature": base64.b64encode(signature).decode(),
    }


def token_of(body: bytes) -> str | None:
    """The token of Mender's answer; None when it can be no header."""
    try:
        token = body.decode("ascii").strip()
    except UnicodeDecodeError:
        return None
    is_one_word = token.isprintable() and token and " " not in token
    return token if is_one_word and len(token) <= _MOST_TOKEN_CHARACTERS else None


class Tokens:
    """The tokens of all devices, by device and host."""

    def __init__(self, storage: Storage) -> None:
        self._tokens: dict[tuple[str, str], tuple[str, str]] = {
            (row.iccid, row.host): (row.plugin_id, row.token)
            for row in storage.read(select(MENDER_TOKEN))
        }

    def of(self, plugin_id: str, iccid: str, host: str) -> str | None:
        """The token that a plugin has for a device; None before its first authentication."""
        kept = self._tokens.get((iccid, host))
        return kept[1] if kept is not None and kept[0] == plugin_id else None

    def keep(self, plugin_id: str, iccid: str, host: str, token: str, work: Work) -> None:
        """Keep a device's token in the place of the one before."""
        self._change((iccid, host), (plugin_id, token), work)
        row = {"iccid": iccid, "host": host, "plugin_id": plugin_id, "token": token}
        work.write(_PUT, row)

    def drop(self, iccid: str, host: str, work: Work) -> None:
        """Forget a device's token."""
        if (iccid, host) in self._tokens:
            self._change((iccid, host), None, work)
            work.write(_DROP, {"of_iccid": iccid, "of_host": host})

    def drop_all(self, plugin_id: str, work: Work) -> None:
        """Forget all tokens of a plugin."""
        for key, kept in list(self._tokens.items()):
            if kept[0] == plugin_id:
                self._change(key, None, work)
        work.write(_DROP_ALL, {"of_plugin": plugin_id})

    def _change(self, key: tuple[str, str], kept: tuple[str, str] | None, work: Work) -> None:
        before = self._tokens.get(key)
        work.on_rollback(lambda: self._put(key, before))
        self._put(key, kept)

    def _put(self, key: tuple[str, str], kept: tuple[str, str] | None) -> None:
        if kept is None:
            self._tokens.pop(key, None)
        else:
            self._tokens[key] = kept
