"""Accounts that a world begins with, from a file: credentials, users, sub-accounts.

    accounts = read_accounts("accounts.json")
    await take_up(accounts, backend)

    {
      "credentials": [{"client_id": "ci", "client_secret": "…"}],
      "users": [{"email": "ada@example.com", "role": "Owner", "password": "…"}],
      "sub_accounts": [{"name": "Branch", "email": "branch@example.com", "country": "DE",
                        "credentials": [], "users": []}]
    }

What the database has already stays: a client id gets the secret of the file, a user and a
sub-account of that name are left as they are. Nothing is deleted.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.backend import Backend
from nce_sim.problems import Problem
from nce_sim.storage import Work


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenCredential(_Strict):
    """A pair that was chosen by hand."""

    client_id: str
    client_secret: SecretStr
    name: str = "from the accounts file"


class GivenUser(_Strict):
    """A portal user."""

    email: str
    password: SecretStr
    role: Role
    first_name: str = "-"
    last_name: str = "-"


class GivenSubAccount(_Strict):
    """A sub-account of the world's account."""

    name: str
    email: str
    country: str
    credentials: list[GivenCredential] = []
    users: list[GivenUser] = []


class GivenAccounts(_Strict):
    """All of a file."""

    credentials: list[GivenCredential] = []
    users: list[GivenUser] = []
    sub_accounts: list[GivenSubAccount] = []


def read_accounts(path: str) -> GivenAccounts:
    """The accounts of a file; ValueError says what is wrong with it, and tells no secret."""
    try:
        return GivenAccounts.model_validate_json(Path(path).read_bytes())
    except OSError as error:
        raise ValueError(f"the accounts file {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        reasons = "; ".join(
            f"{'.'.join(map(str, row['loc'])) or 'the file'}: {row['msg']}"
            for row in error.errors(include_input=False, include_url=False)
        )
        raise ValueError(f"the accounts file {path} is not usable: {reasons}") from None


async def take_up(accounts: GivenAccounts, backend: Backend, organisation_id: int) -> None:
    """Add what is missing; ValueError when something of it cannot be."""
    try:
        await backend.write(lambda work: _take_up(accounts, backend, organisation_id, work))
    except Problem as problem:
        raise ValueError(f"the accounts file cannot be taken up: {problem}") from problem


def _take_up(accounts: GivenAccounts, backend: Backend, organisation_id: int, work: Work) -> None:
    _take_up_access(accounts, backend, organisation_id, work)
    organisations = backend.organisations
    known = {sub.name: sub.organisation_id for sub in organisations.subs(organisation_id)}
    for given in accounts.sub_accounts:
        sub_id = known.get(given.name)
        if sub_id is None:
            new = NewOrganisation(given.name, given.email, given.country)
            made = organisations.create(organisation_id, new, backend.wall_ms(), work)
            sub_id = known[given.name] = made.organisation_id
        _take_up_access(given, backend, sub_id, work)


def _take_up_access(
    given: GivenAccounts | GivenSubAccount, backend: Backend, organisation_id: int, work: Work
) -> None:
    access, now_ms = backend.access, backend.wall_ms()
    known = {found.client_id for found in access.credentials.of(organisation_id)}
    for pair in given.credentials:
        secret = pair.client_secret.get_secret_value()
        if pair.client_id in known:
            access.set_secret(organisation_id, pair.client_id, secret, work)
        else:
            access.credentials.add(
                organisation_id, pair.client_id, secret, pair.name, now_ms, work
            )
    addresses = {found.email for found in access.users.of(organisation_id)}
    for user in given.users:
        if user.email.strip().lower() not in addresses:
            new = NewUser(
                user.email,
                user.first_name,
                user.last_name,
                user.role,
                user.password.get_secret_value(),
            )
            access.users.add(organisation_id, new, now_ms, work)
