"""The token that a customer hands to the CloudFormation stack of an AWS integration.

text = stack_token({"integrationId": "C-_w…"}, now_s, 3_600, key)

A JSON Web Token (RFC 7519) signed by HMAC-SHA256. Its claims are not documented.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping


def stack_token(claims: Mapping[str, object], now_s: int, life_s: int, key: bytes) -> str:
    """The signed claims, with the times of issue and end."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {**claims, "iat": now_s, "exp": now_s + life_s})
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
    signature = hmac.digest(key, signed.encode(), "sha256")
    return f"{signed}.{_base64url(signature)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
