"""Portal users: e-mail, name, role and state; passwords are kept as hashes.

    issued = users.create(organisation_id, NewUser("a@example.com", "Ada", "L", Role.ADMIN),
                          by=Role.OWNER, now_ms=now_ms, work=work)
    issued.password                          # made here if none was given; never known again
    users.change(organisation_id, user_id, by=Role.OWNER, state=DISABLED, work=work)

The simulation sends no mail: a new password is in the answer, where 1NCE sends a link.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from random import Random

from sqlalchemy import bindparam, delete, insert, select, update

from nce_sim.account.access.permissions import MAY, Role, to_manage
from nce_sim.account.access.secrecy import hashed, random_text
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.tables import PORTAL_USER
from nce_sim.account.postal import SALUTATIONS
from nce_sim.problems import Conflict, Forbidden, Invalid, NotFound
from nce_sim.storage import Storage, Work

ACTIVE, DISABLED = STATES = ("ACTIVE", "DISABLED")
_INSERT = insert(PORTAL_USER)
_CHANGED = (
    *("email", "first_name", "last_name", "role", "state", "hash", "last_used_ms"),
    *("salutation", "newsletter", "notifications"),
)
_UPDATE = (
    update(PORTAL_USER)
    .where(PORTAL_USER.c.user_id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_DELETE = delete(PORTAL_USER).where(PORTAL_USER.c.user_id == bindparam("key"))
_EMAIL = re.compile(r"[^@\s:<>\"]{1,64}@[^@\s:<>\"]{1,189}")


@dataclass(frozen=True)
class NewUser:
    """What a user begins with; without a password one is made."""

    email: str
    first_name: str
    last_name: str
    role: Role
    password: str | None = field(default=None, repr=False)
    newsletter: bool = False
    notifications: bool = False  # of outages and maintenance


@dataclass(frozen=True)
class User:
    """A portal user."""

    user_id: str
    organisation_id: int
    email: str
    first_name: str
    last_name: str
    role: Role
    state: str
    created_ms: int
    last_used_ms: int | None = None
    hash: str = field(default="", repr=False)
    salutation: str | None = None  # "1" is Mr, "2" is Ms
    newsletter: bool | None = None  # None is False, of users from before there was the choice
    notifications: bool | None = None


@dataclass(frozen=True)
class IssuedUser:
    """A new user, and the password that it got."""

    user: User
    password: str = field(repr=False)


class Users:
    """All users, in memory and in the database."""

    def __init__(self, storage: Storage, random: Random, settings: AccessSettings) -> None:
        self._random = random
        self._settings = settings
        self._users: dict[str, User] = {}
        self._ids: dict[str, str] = {}  # by e-mail
        for row in storage.read(select(PORTAL_USER)):
            user = User(**{**row._asdict(), "role": Role(row.role)})
            self._users[user.user_id], self._ids[user.email] = user, user.user_id

    def create(
        self, organisation_id: int, new: NewUser, by: Role, now_ms: int, work: Work
    ) -> IssuedUser:
        """Add a user with a role that the caller's role may manage."""
        _check_may_manage(by, new.role)
        return self.add(organisation_id, new, now_ms, work)

    def add(self, organisation_id: int, new: NewUser, now_ms: int, work: Work) -> IssuedUser:
        """Add a user whoever asks, such as the owner of a new account."""
        email = self._free(new.email)
        for name in (new.first_name, new.last_name):
            _check_name(name)
        password = new.password
        if password is None:
            password = random_text(self._random, self._settings.secret_characters)
        user = User(
            f"{self._random.getrandbits(84):021x}",
            organisation_id,
            email,
            new.first_name,
            new.last_name,
            new.role,
            ACTIVE,
            now_ms,
            None,
            self._hashed(password),
            newsletter=new.newsletter,
            notifications=new.notifications,
        )
        self._users[user.user_id], self._ids[email] = user, user.user_id

        def forget() -> None:
            self._users.pop(user.user_id, None)
            self._ids.pop(email, None)

        work.on_rollback(forget)
        work.write(_INSERT, {**asdict(user), "role": user.role.value})
        return IssuedUser(user, password)

    def get(self, organisation_id: int, user_id: str) -> User:
        """One user of an organisation."""
        user = self._users.get(user_id)
        if user is None or user.organisation_id != organisation_id:
            raise NotFound(f"there is no user {user_id!r}; list the users that there are")
        return user

    def by_id(self, user_id: str) -> User | None:
        """The user with that id, of whatever organisation: for sign-in alone."""
        return self._users.get(user_id)

    def by_email(self, email: str) -> User | None:
        """The user who signs in with that address, of whatever organisation."""
        user_id = self._ids.get(email.strip().lower())
        return self._users[user_id] if user_id is not None else None

    def of(self, organisation_id: int) -> list[User]:
        """The users of an organisation, the oldest first; those of one instant by their ids."""
        own = (user for user in self._users.values() if user.organisation_id == organisation_id)
        return sorted(own, key=lambda user: (user.created_ms, user.user_id))

    def change(
        self,
        organisation_id: int,
        user_id: str,
        *,
        by: Role,
        first_name: str | None = None,
        last_name: str | None = None,
        role: Role | None = None,
        state: str | None = None,
        newsletter: bool | None = None,
        notifications: bool | None = None,
        work: Work,
    ) -> User:
        """Change what is given; both the old and the new role must be the caller's to manage."""
        before = self.get(organisation_id, user_id)
        _check_may_manage(by, before.role)
        if role is not None:
            _check_may_manage(by, role)
        if state is not None and state not in STATES:
            raise Invalid(f"there is no state {state!r}; choose one of {', '.join(STATES)}")
        after = replace(
            before,
            first_name=before.first_name if first_name is None else _check_name(first_name),
            last_name=before.last_name if last_name is None else _check_name(last_name),
            role=role or before.role,
            state=state or before.state,
            newsletter=before.newsletter if newsletter is None else newsletter,
            notifications=before.notifications if notifications is None else notifications,
        )
        self._put(after, work)
        return after

    def change_own(
        self,
        user: User,
        *,
        salutation: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        newsletter: bool | None = None,
        notifications: bool | None = None,
        work: Work,
    ) -> User:
        """A user's name and what it is sent, as the user says; a salutation of "" is none."""
        if salutation not in (None, "", *SALUTATIONS):
            raise Invalid(f"salutation {salutation!r} is not '1' (Mr) or '2' (Ms)")
        after = replace(
            user,
            salutation=user.salutation if salutation is None else salutation or None,
            first_name=user.first_name if first_name is None else _check_name(first_name),
            last_name=user.last_name if last_name is None else _check_name(last_name),
            newsletter=user.newsletter if newsletter is None else newsletter,
            notifications=user.notifications if notifications is None else notifications,
        )
        self._put(after, work)
        return after

    def set_email(self, user: User, email: str, work: Work) -> User:
        """The address that the user signs in with from now on."""
        after = replace(user, email=self._free(email, but=user.email))
        del self._ids[user.email]
        self._ids[after.email] = user.user_id

        def undo() -> None:
            self._ids.pop(after.email, None)
            self._ids[user.email] = user.user_id

        work.on_rollback(undo)
        self._put(after, work)
        return after

    def set_password(self, organisation_id: int, user_id: str, password: str, work: Work) -> None:
        """The user's own new password."""
        user = self.get(organisation_id, user_id)
        self._put(replace(user, hash=self._hashed(password)), work)

    def used(self, user: User, now_ms: int, work: Work) -> None:
        """Remember when a token was made for a user."""
        self._put(replace(user, last_used_ms=now_ms), work)

    def delete(self, organisation_id: int, user_id: str, by: Role, work: Work) -> None:
        """Delete a user; its tokens end with it."""
        user = self.get(organisation_id, user_id)
        _check_may_manage(by, user.role)
        self._drop(user, work)

    def forget(self, organisation_id: int, work: Work) -> None:
        """The organisation was deleted, and its users with it."""
        for user in self.of(organisation_id):
            self._drop(user, work)

    def _free(self, text: str, but: str = "") -> str:
        """The address as names are compared; it is nobody's, or that of `but`."""
        email = text.strip().lower()
        if not email.isascii() or not _EMAIL.fullmatch(email):
            raise Invalid(f"{text!r} is no e-mail address; use one as ada@example.com")
        if email in self._ids and email != but:
            raise Conflict(f"the e-mail address {email!r} is in use; choose another")
        return email

    def _hashed(self, password: str) -> str:
        least, most = (
            self._settings.least_password_characters,
            self._settings.most_secret_characters,
        )
        if not least <= len(password) <= most:
            raise Invalid(f"a password of {len(password)} characters; use {least} to {most}")
        return hashed(password, self._random, self._settings.scrypt_cost)

    def _drop(self, user: User, work: Work) -> None:
        del self._users[user.user_id], self._ids[user.email]

        def undo() -> None:
            self._users[user.user_id], self._ids[user.email] = user, user.user_id

        work.on_rollback(undo)
        work.write(_DELETE, {"key": user.user_id})

    def _put(self, user: User, work: Work) -> None:
        before = self._users[user.user_id]
        self._users[user.user_id] = user
        work.on_rollback(lambda: self._users.update({before.user_id: before}))
        row: dict[str, object] = {f"new_{name}": getattr(user, name) for name in _CHANGED}
        work.write(_UPDATE, {**row, "key": user.user_id, "new_role": user.role.value})


def _check_may_manage(by: Role, role: Role) -> None:
    if not MAY[by, to_manage(role)]:
        raise Forbidden(f"the role {by.value} may not manage a user with the role {role.value}")


def _check_name(name: str) -> str:
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Invalid(f"the name {name[:100]!r} is not usable; use 1 to 100 printable characters")
    return name
