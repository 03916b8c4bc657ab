"""The bodies of errors, in the four shapes that 1NCE's services answer with."""

from typing import Literal

from pydantic import JsonValue

from nce_api.models.sides import Answer

TokenFault = Literal[
    "BadCredentials", "AuthValidationError", "BodyValidationError", "UnsupportedContentTypeError"
]


class OsError(Answer):
    """1NCE OS: every group under /v1 that is not SIMs, orders, products or support."""

    statusCode: int | None = None
    statusText: str | None = None
    errors: list[JsonValue] | None = None


class SimsError(Answer):
    """SIMs, version 2."""

    error_code: int
    error_token: str
    message: str


class TokenError(Answer):
    """The token is refused."""

    statusCode: int | None = None
    errorCode: TokenFault | str | None = None
    message: str | None = None


class MessageError(Answer):
    """Top-ups, and the gateway in front of everything."""

    message: str
