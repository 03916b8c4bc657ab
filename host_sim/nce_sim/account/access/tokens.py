"""Bearer tokens, in memory only: after a restart everybody signs in again.

    token = tokens.given_to(principal, now_ms) or tokens.issue(principal, now_ms)
    tokens.principal_of(token.text, now_ms)

A principal keeps its token while that lives, as 1NCE's server does (1nce_os.md, 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from nce_sim.account.access.secrecy import random_text
from nce_sim.account.access.settings import AccessSettings

_REST_MS = 1_000  # `expires_in` counts seconds: a token is given again while it shows one or more


@dataclass(frozen=True)
class Token:
    """A token and the end of its life, since 1970."""

    text: str = field(repr=False)
    expires_ms: int


class Tokens:
    """The tokens that live; a bounded number, the oldest goes first."""

    def __init__(self, random: Random, settings: AccessSettings) -> None:
        self._random = random
        self._settings = settings
        # Both in the order of issue, which is the order of expiry.
        self._principals: dict[str, tuple[str, int]] = {}
        self._tokens: dict[str, Token] = {}

    def given_to(self, principal: str, now_ms: int) -> Token | None:
        """The token that `principal` has, if it lives a second longer."""
        token = self._tokens.get(principal)
        if token is None or token.expires_ms - now_ms < _REST_MS:
            return None
        return token

    def issue(self, principal: str, now_ms: int) -> Token:
        """A new token; the former one of the same principal stays valid until its end."""
        self._forget_old(now_ms)
        settings = self._settings
        token = Token(
            random_text(self._random, settings.token_characters),
            now_ms + settings.token_lifetime_ms,
        )
        self._principals[token.text] = (principal, token.expires_ms)
        self._tokens.pop(principal, None)
        self._tokens[principal] = token
        return token

    def principal_of(self, text: str, now_ms: int) -> str | None:
        """Whose token it is, or None when it is unknown or over."""
        found = self._principals.get(text)
        return found[0] if found is not None and now_ms < found[1] else None

    def end(self, principal: str) -> None:
        """End every token of a principal, at sign-out or when its secret changed."""
        self._tokens.pop(principal, None)
        for text in [text for text, found in self._principals.items() if found[0] == principal]:
            del self._principals[text]

    def _forget_old(self, now_ms: int) -> None:
        while self._principals:
            text, (principal, expires_ms) = next(iter(self._principals.items()))
            if expires_ms > now_ms and len(self._principals) < self._settings.most_tokens:
                return
            del self._principals[text]
            token = self._tokens.get(principal)
            if token is not None and token.text == text:
                del self._tokens[principal]
