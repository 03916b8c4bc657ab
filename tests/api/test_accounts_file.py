"""Accounts that a world begins with, from a file."""

import json

import pytest

from nce_sim.account.access.permissions import Role
from nce_sim.scenarios.accounts import read_accounts, take_up
from support.api import in_world

FILE = {
    "credentials": [{"client_id": "ci", "client_secret": "first secret"}],
    "users": [
        {"email": "ada@example.com", "role": "Read Only", "password": "long enough"},
    ],
    "sub_accounts": [
        {
            "name": "Branch",
            "email": "branch@example.com",
            "country": "DE",
            "credentials": [{"client_id": "branch", "client_secret": "theirs", "name": "CI"}],
        }
    ],
}


def written(tmp_path, document):
    path = tmp_path / "accounts.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


@in_world
async def test_a_file_adds_what_is_missing_and_may_be_taken_up_again(place, tmp_path):
    accounts = read_accounts(written(tmp_path, FILE))
    for _ in range(2):
        await take_up(accounts, place.backend, place.organisation_id)

    assert (await place.token("ci", "first secret")).status_code == 200
    assert (await place.token("branch", "theirs")).status_code == 200
    [user] = place.backend.access.users.of(place.organisation_id)
    assert (user.email, user.role) == ("ada@example.com", Role.READ_ONLY)
    [sub] = place.backend.organisations.subs(place.organisation_id)
    assert [found.name for found in place.backend.access.credentials.of(sub.organisation_id)] == [
        "CI"
    ]


@in_world
async def test_a_client_id_that_is_there_gets_the_secret_of_the_file(place, tmp_path):
    await take_up(read_accounts(written(tmp_path, FILE)), place.backend, place.organisation_id)
    token = (await place.token("ci", "first secret")).json()["access_token"]
    changed = {"credentials": [{"client_id": "ci", "client_secret": "second secret"}]}
    await take_up(read_accounts(written(tmp_path, changed)), place.backend, place.organisation_id)

    assert (await place.token("ci", "first secret")).status_code == 400
    assert (await place.token("ci", "second secret")).status_code == 200
    answer = await place.as_nobody.get(
        "/v1/products", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401


UNUSABLE = (
    ("{", "the file: Invalid JSON"),
    ([], "the file: Input should be an object"),
    ({"credential": []}, "credential: Extra inputs"),
    ({"credentials": [{"client_id": "ci"}]}, "credentials.0.client_secret: Field required"),
    (
        {"users": [{"email": "a@b.example", "role": "Boss", "password": "tell-nobody"}]},
        "users.0.role: Input should be 'Owner'",
    ),
)


@pytest.mark.parametrize(("document", "text"), UNUSABLE)
def test_a_file_that_is_not_usable_says_where(tmp_path, document, text):
    with pytest.raises(ValueError, match=r"accounts\.json is not usable: ") as caught:
        read_accounts(written(tmp_path, document))
    assert text in str(caught.value)
    assert "tell-nobody" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_accounts(str(tmp_path / "none.json"))


@in_world
async def test_a_file_that_cannot_be_taken_up_changes_nothing(place, tmp_path):
    document = {**FILE, "users": [{**FILE["users"][0], "password": "short"}]}
    with pytest.raises(ValueError, match="a password of 5 characters"):
        await take_up(
            read_accounts(written(tmp_path, document)), place.backend, place.organisation_id
        )

    assert (await place.token("ci", "first secret")).status_code == 400
    assert place.backend.organisations.subs(place.organisation_id) == []
