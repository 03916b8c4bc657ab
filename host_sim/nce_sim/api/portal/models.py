"""What the bodies of the portal have in common: nothing unknown, nothing endless.

class AddStream(Body):
    name: Line
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints

MOST_ITEMS = 10_000  # [U] of a list in a request


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it has characters that cannot be printed; leave them out")
    return text


def _encodable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it has half of a surrogate pair; use whole characters") from None
    if not 1 <= len(text) <= 256:
        raise ValueError("it is empty or longer than 256 characters")
    return secret


# One line of text; what it may be in its place is the service's to say.
Line = Annotated[str, StringConstraints(max_length=254), AfterValidator(_printable)]
Url = Annotated[str, StringConstraints(max_length=2_048), AfterValidator(_printable)]
Password = Annotated[SecretStr, AfterValidator(_encodable)]


class Body(BaseModel):
    """A request; a field that nobody knows and a value of another type are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)


class Refusal(Shown):
    """Why a request was refused."""

    message: str
