"""POST /oauth/token: a bearer token for client id and secret (OAuth 2.0, RFC 6749, 4.4).

The credentials come as `Authorization: Basic`, the grant as JSON or as a form. The texts are those
of 1NCE's authorization document, version 2.1.1.
"""

from __future__ import annotations

import base64
import binascii
import json
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from nce_sim.account.access.service import BadCredentials
from nce_sim.api.documented import documented
from nce_sim.api.guesses import TheAttempt
from nce_sim.api.platform import TheBackend

router = APIRouter()

_GRANT = "client_credentials"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {"grant_type": {"type": "string", "enum": [_GRANT]}},
                }
            }
            for kind in (_JSON, _FORM)
        },
    }
}


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@router.post("/oauth/token", **documented("post", "/oauth/token"), openapi_extra=_BODY)
async def token(request: Request, backend: TheBackend, attempt: TheAttempt) -> Response:
    """A token; the same credentials get the same one again while it is valid."""
    try:
        client_id, secret = _credentials(request.headers.get("authorization", ""))
        _check_grant(await request.body(), request.headers.get("content-type", ""))
        try:
            # [U] a portal user's password is guessed no faster here than at the portal.
            async with attempt if "@" in client_id else nullcontext():
                found = await backend.write(
                    lambda work: backend.access.token_for(
                        client_id, secret, backend.wall_ms(), work
                    )
                )
        except BadCredentials as problem:
            raise _Wrong("BadCredentials", str(problem)) from problem
    except _Wrong as wrong:
        return JSONResponse(
            {"statusCode": 400, "errorCode": wrong.code, "message": str(wrong)}, 400
        )
    body: dict[str, Any] = {
        "status_code": 200,
        "access_token": found.text,
        "token_type": "bearer",
        "expires_in": (found.expires_ms - backend.wall_ms()) // 1000,
        # [D] the schema has `userId` and `scope`, the example `user_id` and `score`.
        "userId": client_id,
        "user_id": client_id,
        "scope": "all",
        "score": "all",
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    user, colon, secret = "", "", ""
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode()
            user, colon, secret = text.partition(":")
        except (binascii.Error, UnicodeDecodeError):
            pass  # as if nothing had come
    for name, value in (("username", user), ("password", secret if colon else "")):
        if not value:
            raise _Wrong(
                "AuthValidationError",
                f"Auth header validation error: Missing attributes '{name}'",
            )
    return user, secret


def _check_grant(body: bytes, content_type: str) -> None:
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (_JSON, _FORM):
        raise _Wrong("UnsupportedContentTypeError", "Content-Type not supported")
    try:
        if kind == _FORM:
            grant: Any = parse_qs(body.decode()).get("grant_type", [None])[0]
        else:
            document = json.loads(body)
            grant = document.get("grant_type") if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        grant = None
    if grant is None:
        raise _Wrong(
            "BodyValidationError", "Request body validation error: Missing attributes 'grant_type'"
        )
    if grant != _GRANT:
        raise _Wrong(
            "BodyValidationError", f"Request body validation error: 'grant_type' is not {_GRANT}"
        )
