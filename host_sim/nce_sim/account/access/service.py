"""Sign-in: from a name and a secret to a token, and from a token to its caller.

    access = Access(storage, random, AccessSettings(), organisations.account_number_of)
    first = access.first_credentials(organisation_id, now_ms)    # once; then None
    token = access.token_for(first.client_id, first.secret, now_ms)
    caller = access.caller_of(token.text, now_ms)
    access.may(caller, "api.call")

Two kinds of principals sign in: an API credential by its client id, and a portal user by its
e-mail address. Both get a token; the permissions of the role decide what it is good for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from nce_sim.account.access.credentials import Credentials, IssuedCredential
from nce_sim.account.access.links import Links
from nce_sim.account.access.permissions import MAY, Role
from nce_sim.account.access.secrecy import hashed, matches
from nce_sim.account.access.sessions import Sessions
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.tokens import Token, Tokens
from nce_sim.account.access.users import ACTIVE, IssuedUser, NewUser, User, Users
from nce_sim.problems import NotFound
from nce_sim.storage import Storage, Work

__all__ = ["Access", "BadCredentials", "Caller", "Kind", "Role", "Token"]


class BadCredentials(NotFound):
    """No such name, or not its secret: one text for both, which tells nobody more."""

    def __init__(self) -> None:
        super().__init__("User does not exist.")  # [D] the only documented text


class Kind(StrEnum):
    """What signed in."""

    CREDENTIAL = "credential"
    USER = "user"


@dataclass(frozen=True)
class Caller:
    """Who calls: `name` is the client id or the e-mail address."""

    organisation_id: int
    kind: Kind
    role: Role
    name: str


class Access:
    """Credentials, users and tokens of all organisations."""

    def __init__(
        self,
        storage: Storage,
        random: Random,
        settings: AccessSettings,
        account_number_of: Callable[[int], str],
    ) -> None:
        self.settings = settings
        self.credentials = Credentials(storage, random, settings, account_number_of)
        self.users = Users(storage, random, settings)
        self.links = Links(random, settings)
        self._sessions = Sessions(storage, random, settings)
        self._tokens = Tokens(random, settings)
        self._storage = storage
        self._random = random
        self._nobodys_hash: str | None = None

    # -- sign-in ---------------------------------------------------------------------------

    def token_for(
        self, client_id: str, secret: str, now_ms: int, work: Work | None = None
    ) -> Token:
        """The token of these credentials; the same one while it lives. Raises BadCredentials.

        With `work` the use of the credentials is remembered whenever the token is a new one.
        """
        return self._token(self._stored(client_id), secret, now_ms, work)

    def session_for(self, email: str, password: str, now_ms: int, work: Work) -> Token:
        """A new session of a portal user; a client id has none. Raises BadCredentials."""
        principal, stored = self._stored_of_user(email)
        user = self.users.by_email(email)
        if not self._matches(password, stored) or principal is None or user is None:
            raise BadCredentials
        return self._begin(user, now_ms, work)

    def session_by_link(self, code: str, now_ms: int, work: Work) -> Token:
        """A new session of the user that a link was made for. Raises BadCredentials."""
        user = self.users.by_id(self.links.take(code, now_ms) or "")
        if user is None or user.state != ACTIVE:
            raise BadCredentials
        return self._begin(user, now_ms, work)

    def token_of(self, client_id: str, now_ms: int) -> Token:
        """A token for whoever controls the world and needs no secret. Raises BadCredentials."""
        if self.credentials.get(client_id) is None:
            raise BadCredentials
        principal = f"{Kind.CREDENTIAL}:{client_id}"
        return self._tokens.given_to(principal, now_ms) or self._tokens.issue(principal, now_ms)

    def caller_of(self, token_text: str, now_ms: int) -> Caller | None:
        """Whose token it is; None for one that is unknown, over, or of somebody who is gone."""
        principal = self._tokens.principal_of(token_text, now_ms)
        if principal is None:
            return self._user_of_session(token_text, now_ms)
        kind, name = principal.split(":", 1)
        if kind == Kind.CREDENTIAL:
            credential = self.credentials.get(name)
            if credential is None:
                return None
            return Caller(credential.organisation_id, Kind.CREDENTIAL, Role.API, name)
        return _caller(self.users.by_email(name))

    def may(self, caller: Caller, permission: str) -> bool:
        """Whether the caller's role has a permission of `permissions.PERMISSIONS`."""
        if permission == "api.call" and caller.role is Role.OWNER:
            return self.settings.owner_may_call_api
        return MAY[caller.role, permission]

    def sign_out(self, caller: Caller, work: Work) -> None:
        """End the caller's tokens and sessions."""
        user = self.users.by_email(caller.name)
        if user is not None:
            self.end_sessions(user, work)

    def delete_credential(self, organisation_id: int, client_id: str, work: Work) -> None:
        """Delete a pair, and end its tokens even if the same id comes back."""
        self.credentials.delete(organisation_id, client_id, work)
        work.after_commit(lambda: self._tokens.end(f"{Kind.CREDENTIAL}:{client_id}"))

    def set_secret(self, organisation_id: int, client_id: str, secret: str, work: Work) -> None:
        """Give a pair another secret; tokens of the old one end."""
        self.credentials.set_secret(organisation_id, client_id, secret, work)
        work.after_commit(lambda: self._tokens.end(f"{Kind.CREDENTIAL}:{client_id}"))

    def delete_user(self, organisation_id: int, user_id: str, by: Role, work: Work) -> None:
        """Delete a user, and end its tokens even if the same address comes back."""
        user = self.users.get(organisation_id, user_id)
        self.users.delete(organisation_id, user_id, by, work)
        self.end_sessions(user, work)

    def end_sessions(self, user: User, work: Work) -> None:
        """End the tokens of a user, such as one who was disabled: none comes back with him."""
        self._sessions.end_all(user.user_id, work)
        self.links.end(user.user_id)
        work.after_commit(lambda: self._tokens.end(f"{Kind.USER}:{user.email}"))

    def change_password(self, caller: Caller, current: str, new: str, work: Work) -> None:
        """The caller's own new password; all its tokens end. Raises BadCredentials."""
        principal, stored = self._stored_of_user(caller.name)
        user = self.users.by_email(caller.name)
        if not self._matches(current, stored) or user is None or principal is None:
            raise BadCredentials
        self.set_password(user.organisation_id, user.user_id, new, work)

    def user_of(self, caller: Caller) -> User:
        """The user who calls. Raises BadCredentials for a caller that is none."""
        user = self.users.by_email(caller.name)
        if user is None:
            raise BadCredentials
        return user

    def change_email(self, caller: Caller, password: str, email: str, work: Work) -> User:
        """Another address for the caller, who knows the password. Raises BadCredentials.

        Sessions go on. A token with the old address ends: it may become that of another user.
        """
        _, stored = self._stored_of_user(caller.name)
        if not self._matches(password, stored):
            raise BadCredentials
        before = self.user_of(caller)
        after = self.users.set_email(before, email, work)
        work.after_commit(lambda: self._tokens.end(f"{Kind.USER}:{before.email}"))
        return after

    def set_password(self, organisation_id: int, user_id: str, password: str, work: Work) -> None:
        """A user's new password; tokens of the old one end."""
        self.users.set_password(organisation_id, user_id, password, work)
        self.end_sessions(self.users.get(organisation_id, user_id), work)

    def forget(self, organisation_id: int, work: Work) -> None:
        """The organisation was deleted: nobody signs in to it any more."""
        for credential in self.credentials.of(organisation_id):
            self.delete_credential(organisation_id, credential.client_id, work)
        for user in self.users.of(organisation_id):
            self.end_sessions(user, work)
        self.users.forget(organisation_id, work)

    # -- a new account ---------------------------------------------------------------------

    def first_credentials(self, organisation_id: int, now_ms: int) -> IssuedCredential | None:
        """The first pair of an account, made and stored by this call; None if it has one.

        Only a hash is kept, so this is the one moment in which the secret can be read.
        """
        if self.credentials.of(organisation_id):
            return None
        with self._storage.unit(now_ms) as work:
            return self.credentials.create(organisation_id, "first credentials", now_ms, work)

    def first_owner(self, organisation_id: int, now_ms: int) -> IssuedUser | None:
        """The owner of an account, made and stored by this call; None if it has users.

        None as well when the owner's address is that of somebody else's user.
        """
        email = self.settings.owner_email
        if self.users.of(organisation_id) or self.users.by_email(email) is not None:
            return None
        new = NewUser(email, "First", "Owner", Role.OWNER)
        with self._storage.unit(now_ms) as work:
            return self.users.add(organisation_id, new, now_ms, work)

    def owner_link(self, organisation_id: int, now_ms: int) -> str | None:
        """The code of a link that signs the first owner of an account in; None without one."""
        owners = [
            user
            for user in self.users.of(organisation_id)
            if user.role is Role.OWNER and user.state == ACTIVE
        ]
        return self.links.make(owners[0].user_id, now_ms) if owners else None

    # -- inside ----------------------------------------------------------------------------

    def _begin(self, user: User, now_ms: int, work: Work) -> Token:
        self.users.used(user, now_ms, work)
        return self._sessions.begin(user.user_id, now_ms, work)

    def _user_of_session(self, token_text: str, now_ms: int) -> Caller | None:
        user_id = self._sessions.user_of(token_text, now_ms)
        return None if user_id is None else _caller(self.users.by_id(user_id))

    def _token(
        self, found: tuple[str | None, str], secret: str, now_ms: int, work: Work | None
    ) -> Token:
        principal, stored = found
        if not self._matches(secret, stored) or principal is None:
            raise BadCredentials
        token = self._tokens.given_to(principal, now_ms)
        if token is None:
            token = self._tokens.issue(principal, now_ms)
            if work is not None:
                self._used(principal, now_ms, work)
        return token

    def _matches(self, secret: str, stored: str) -> bool:
        # What is longer than any stored one is not worth a hash.
        return len(secret) <= self.settings.most_secret_characters and matches(secret, stored)

    def _used(self, principal: str, now_ms: int, work: Work) -> None:
        kind, name = principal.split(":", 1)
        if kind == Kind.CREDENTIAL:
            self.credentials.used(name, now_ms, work)
        elif (user := self.users.by_email(name)) is not None:
            self.users.used(user, now_ms, work)

    def _stored(self, name: str) -> tuple[str | None, str]:
        """The principal and the hash of a name.

        A name that may not sign in has a hash, too: its refusal takes as long as any.
        """
        credential = self.credentials.get(name)
        if credential is not None:
            return f"{Kind.CREDENTIAL}:{name}", credential.hash
        return self._stored_of_user(name)

    def _stored_of_user(self, email: str) -> tuple[str | None, str]:
        user = self.users.by_email(email)
        if user is not None and user.state == ACTIVE:
            return f"{Kind.USER}:{user.email}", user.hash
        if self._nobodys_hash is None:
            self._nobodys_hash = hashed("", self._random, self.settings.scrypt_cost)
        return None, self._nobodys_hash


def _caller(user: User | None) -> Caller | None:
    if user is None or user.state != ACTIVE:
        return None
    return Caller(user.organisation_id, Kind.USER, user.role, user.email)
