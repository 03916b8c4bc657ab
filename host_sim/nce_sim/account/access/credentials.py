"""API credentials: pairs of a client id and a secret, any number for an organisation.

issued = credentials.create(organisation_id, "gateway", now_ms, work)
issued.client_id, issued.secret          # the only time that the secret is known
credentials.of(organisation_id)
credentials.delete(organisation_id, issued.client_id, work)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from sqlalchemy import bindparam, delete, insert, select, update

from nce_sim.account.access.secrecy import hashed, random_text
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.tables import API_CREDENTIAL
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work

_INSERT = insert(API_CREDENTIAL)
_DELETE = delete(API_CREDENTIAL).where(API_CREDENTIAL.c.client_id == bindparam("key"))
_USED = (
    update(API_CREDENTIAL)
    .where(API_CREDENTIAL.c.client_id == bindparam("key"))
    .values(last_used_ms=bindparam("at_ms"))
)
_SECRET = (
    update(API_CREDENTIAL)
    .where(API_CREDENTIAL.c.client_id == bindparam("key"))
    .values(hash=bindparam("new_hash"))
)
_MOST_CHARACTERS = 64  # of a client id


@dataclass(frozen=True)
class Credential:
    """A pair as it can be listed."""

    client_id: str
    organisation_id: int
    name: str
    created_ms: int
    last_used_ms: int | None = None
    hash: str = field(default="", repr=False)


@dataclass(frozen=True)
class IssuedCredential:
    """A new pair; its secret is shown here and never again."""

    client_id: str
    secret: str = field(repr=False)


class Credentials:
    """All pairs, in memory and in the database."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        settings: AccessSettings,
        account_number_of: Callable[[int], str],
    ) -> None:
        self._random = random
        self._settings = settings
        self._account_number_of = account_number_of
        self._credentials: dict[str, Credential] = {}
        for row in storage.read(select(API_CREDENTIAL)):
            self._credentials[row.client_id] = Credential(
                row.client_id,
                row.organisation_id,
                row.name,
                row.created_ms,
                row.last_used_ms,
                row.hash,
            )

    def create(self, organisation_id: int, name: str, now_ms: int, work: Work) -> IssuedCredential:
        """Make a pair; the client id begins with the account number (1nce_os_2.md, 3.5)."""
        account = self._account_number_of(organisation_id)
        client_id = f"{account}_{self._random.getrandbits(48):012x}"
        secret = random_text(self._random, self._settings.secret_characters)
        self.add(organisation_id, client_id, secret, name, now_ms, work)
        return IssuedCredential(client_id, secret)

    def add(
        self,
        organisation_id: int,
        client_id: str,
        secret: str,
        name: str,
        now_ms: int,
        work: Work,
    ) -> Credential:
        """Add a pair that was chosen outside, such as one of a file."""
        if client_id in self._credentials:
            raise Conflict(f"the client id {client_id!r} is in use; choose another")
        is_plain = client_id.isascii() and client_id.isprintable() and ":" not in client_id
        if not is_plain or not 1 <= len(client_id) <= _MOST_CHARACTERS:
            raise Invalid(
                f"the client id {client_id!r} is not usable; give 1 to {_MOST_CHARACTERS} "
                "printable ASCII characters without a colon"
            )
        if not 1 <= len(name) <= 100:
            raise Invalid(f"a name of {len(name)} characters; use 1 to 100")
        text = self._hashed(secret)
        credential = Credential(client_id, organisation_id, name, now_ms, None, text)
        self._credentials[client_id] = credential
        work.on_rollback(lambda: self._forget(client_id))
        work.write(
            _INSERT,
            {
                "client_id": client_id,
                "organisation_id": organisation_id,
                "name": name,
                "hash": text,
                "created_ms": now_ms,
                "last_used_ms": None,
            },
        )
        return credential

    def set_secret(self, organisation_id: int, client_id: str, secret: str, work: Work) -> None:
        """Give a pair another secret."""
        text = self._hashed(secret)
        self._put(replace(self._own(organisation_id, client_id), hash=text), work)
        work.write(_SECRET, {"key": client_id, "new_hash": text})

    def get(self, client_id: str) -> Credential | None:
        """The pair with that id, of whatever organisation: for sign-in alone."""
        return self._credentials.get(client_id)

    def of(self, organisation_id: int) -> list[Credential]:
        """The pairs of an organisation, the oldest first; those of one instant by their ids."""
        own = [
            credential
            for credential in self._credentials.values()
            if credential.organisation_id == organisation_id
        ]
        return sorted(own, key=lambda credential: (credential.created_ms, credential.client_id))

    def used(self, client_id: str, now_ms: int, work: Work) -> None:
        """Remember when a token was made for a pair."""
        before = self._credentials[client_id]
        self._put(replace(before, last_used_ms=now_ms), work)
        work.write(_USED, {"key": client_id, "at_ms": now_ms})

    def delete(self, organisation_id: int, client_id: str, work: Work) -> None:
        """Delete a pair; its tokens end with it."""
        credential = self._own(organisation_id, client_id)
        del self._credentials[client_id]
        work.on_rollback(lambda: self._credentials.update({client_id: credential}))
        work.write(_DELETE, {"key": client_id})

    def _own(self, organisation_id: int, client_id: str) -> Credential:
        credential = self._credentials.get(client_id)
        if credential is None or credential.organisation_id != organisation_id:
            raise NotFound(f"there is no client id {client_id!r}; list the ids that there are")
        return credential

    def _hashed(self, secret: str) -> str:
        most = self._settings.most_secret_characters
        if not 1 <= len(secret) <= most:
            raise Invalid(f"a secret of {len(secret)} characters; use 1 to {most}")
        return hashed(secret, self._random, self._settings.scrypt_cost)

    def _forget(self, client_id: str) -> None:
        self._credentials.pop(client_id, None)

    def _put(self, credential: Credential, work: Work) -> None:
        before = self._credentials[credential.client_id]
        self._credentials[credential.client_id] = credential
        work.on_rollback(lambda: self._credentials.update({before.client_id: before}))
