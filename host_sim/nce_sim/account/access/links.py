"""Links that sign a portal user in once, without a password; in memory only.

code = links.make(user.user_id, now_ms)     # `nce sim up` prints it as part of an address
links.take(code, now_ms)                    # the user's id; a second time it is None
"""

from __future__ import annotations

from random import Random

from nce_sim.account.access.secrecy import random_text
from nce_sim.account.access.settings import AccessSettings

_CHARACTERS = 40


class Links:
    """The codes of links that nobody has followed yet."""

    def __init__(self, random: Random, settings: AccessSettings) -> None:
        self._random = random
        self._lifetime_ms = settings.link_lifetime_ms
        self._codes: dict[str, tuple[str, int]] = {}

    def make(self, user_id: str, now_ms: int) -> str:
        """A new code; those made before for the same user end."""
        self.end(user_id)
        code = random_text(self._random, _CHARACTERS)
        self._codes[code] = (user_id, now_ms + self._lifetime_ms)
        return code

    def take(self, code: str, now_ms: int) -> str | None:
        """Whom the code signs in; it is good for once."""
        user_id, expires_ms = self._codes.pop(code, (None, 0))
        return user_id if now_ms < expires_ms else None

    def end(self, user_id: str) -> None:
        """End the codes of a user."""
        for code in [code for code, found in self._codes.items() if found[0] == user_id]:
            del self._codes[code]
