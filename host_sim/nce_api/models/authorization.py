"""The access token: `POST /oauth/token`."""

from typing import Literal

from pydantic import Field

from nce_api.models.sides import Answer, OpenRequest


class TokenRequest(OpenRequest):
    """What is asked for: client credentials."""

    grant_type: Literal["client_credentials"]


class AccessToken(Answer):
    """A token; 1NCE's schema and its example spell two names differently."""

    status_code: int | None = None
    access_token: str | None = Field(default=None, repr=False)
    token_type: str | None = None
    expires_in: int | None = None
    userId: str | None = None
    scope: str | None = None
    user_id: str | None = None
    score: str | None = None
