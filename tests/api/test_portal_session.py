"""Signing in to the portal and out, who may enter, guessed passwords, one's own password."""

import asyncio
from collections import Counter

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from support.api import in_world
from support.portal import PASSWORD, PORTAL, user_of


async def attempt(client, email, password):
    return await client.post("/session", json={"email": email, "password": password})


@in_world
async def test_a_user_signs_in_and_out(place):
    client = await user_of(place, "Read Only", email="ada@example.com")
    me = (await client.get("/session")).json()
    permissions = set(me.pop("permissions"))
    assert me == {
        "organisation_id": place.organisation_id,
        "organisation": "Example GmbH",
        "account_number": "8100000001",
        "email": "ada@example.com",
        "role": "Read Only",
    }
    assert "sims.see" in permissions
    assert not {"sims.state", "world.steer", "os.change"} & permissions
    assert (await client.delete("/session")).status_code == 204
    assert (await client.get("/session")).status_code == 401


@in_world
async def test_a_session_is_a_token_without_a_cookie_and_ends_after_a_year(place):
    await user_of(place, "Owner", email="ada@example.com")
    answer = await attempt(place.http(PORTAL), "Ada@Example.com", PASSWORD)
    assert answer.json()["expires_in"] == 366 * 86_400
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    place.world.advance(366 * 86_400_000)
    assert (await place.http(PORTAL).get("/session", headers=bearer)).status_code == 401


@in_world
async def test_a_wrong_password_and_an_unknown_name_are_told_alike(place):
    await user_of(place, "Owner", email="ada@example.com")
    client = place.http(PORTAL)
    wrong = await attempt(client, "ada@example.com", "wrong")
    unknown = await attempt(client, "nobody@example.com", PASSWORD)
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json() == unknown.json()
    assert PASSWORD not in unknown.text


@in_world
async def test_only_users_enter_the_portal_and_an_owner_not_the_management_api(place):
    owner = await user_of(place, "Owner")
    token = owner.headers["Authorization"]
    api = place.http(PORTAL)
    api.headers["Authorization"] = place.client.headers["Authorization"]

    for path in ("/users", "/session", "/nowhere"):
        assert (await api.get(path)).status_code == 403
    assert (await api.delete("/session")).status_code == 403
    assert (await attempt(api, place.client_id, place.secret)).status_code == 401
    assert (await place.http(PORTAL).get("/users")).status_code == 401
    assert (await place.http(PORTAL).get("/session")).status_code == 401
    for path in ("/v1/products", "/v1/sims"):
        answer = await place.as_nobody.get(path, headers={"Authorization": token})
        assert answer.status_code == 403


@in_world
async def test_an_api_user_does_not_enter_the_portal(place):
    client = await user_of(place, "API")
    for path in ("/session", "/dashboard", "/nowhere"):
        assert (await client.get(path)).status_code == 403


@in_world
async def test_ten_wrong_passwords_then_wait(place):
    await user_of(place, "Owner", email="ada@example.com")
    client = place.http(PORTAL)
    for _ in range(12):
        assert (await attempt(client, "ada@example.com", PASSWORD)).status_code == 201
    statuses = [
        (await attempt(client, f"user{number}@example.com", "wrong")).status_code
        for number in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2
    refused = await attempt(client, "ada@example.com", PASSWORD)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    place.world.advance(60_000)
    assert (await attempt(client, "ada@example.com", PASSWORD)).status_code == 201


@in_world
async def test_wrong_passwords_at_the_same_time_count_as_well(place):
    client = place.http(PORTAL)
    answers = await asyncio.gather(
        *(attempt(client, "ada@example.com", f"guess {number}") for number in range(30))
    )
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20


@in_world
async def test_many_who_sign_in_at_the_same_time_are_taken_for_no_guessers(place):
    await user_of(place, "Owner", email="ada@example.com")
    client = place.http(PORTAL)

    async def statuses(count):
        tries = (attempt(client, "ada@example.com", PASSWORD) for _ in range(count))
        return Counter(answer.status_code for answer in await asyncio.gather(*tries))

    assert await statuses(50) == {201: 50}
    assert await statuses(130) == {201: 100, 429: 30}  # so many may wait
    assert await statuses(1) == {201: 1}


@in_world
async def test_passwords_are_guessed_no_faster_at_the_management_api(place):
    await user_of(place, "Owner", email="ada@example.com")
    statuses = [
        (await place.token("Ada@example.com", f"guess {number}")).status_code
        for number in range(11)
    ]
    assert statuses == [400] * 10 + [429]
    assert (await attempt(place.http(PORTAL), "ada@example.com", PASSWORD)).status_code == 429
    assert (await place.token(place.client_id, "wrong")).status_code == 400
    assert (await place.token(place.client_id, place.secret)).status_code == 200


@in_world
async def test_ones_own_password_is_changed_by_who_knows_it(place):
    client = await user_of(place, "Read Only", email="ada@example.com")
    other = place.http(PORTAL)
    body = {"current_password": "not the one", "password": "another password"}
    assert (await client.put("/session/password", json=body)).status_code == 403
    body["current_password"] = PASSWORD
    short = {**body, "password": "short"}
    assert (await client.put("/session/password", json=short)).status_code == 400
    assert (await client.put("/session/password", json=body)).status_code == 204
    assert (await client.get("/session")).status_code == 401
    assert (await attempt(other, "ada@example.com", PASSWORD)).status_code == 401
    assert (await attempt(other, "ada@example.com", "another password")).status_code == 201


@in_world
async def test_a_current_password_cannot_be_guessed_either(place):
    client = await user_of(place, "User")
    body = {"current_password": "guess", "password": "another password"}
    statuses = [(await client.put("/session/password", json=body)).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]


@in_world
async def test_texts_that_cannot_be_a_password_are_refused_and_not_told(place):
    client = place.http(PORTAL)
    for password in ('"\\ud800"', '"' + "p" * 257 + '"', '""', "12345678901", "null"):
        content = f'{{"email": "ada@example.com", "password": {password}}}'
        answer = await client.post(
            "/session", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, password
        assert "pppp" not in answer.text
    assert (await attempt(client, "a\x00b", PASSWORD)).status_code == 400
    assert (await attempt(client, "a" * 300, PASSWORD)).status_code == 400


@in_world
async def test_a_disabled_user_is_out_and_its_token_does_not_come_back(place):
    owner, client = await user_of(place, "Owner"), await user_of(place, "User")
    [user_id] = [row["id"] for row in (await owner.get("/users")).json() if row["role"] == "User"]
    for state, status in (("DISABLED", 401), ("ACTIVE", 401)):
        changed = await owner.patch(f"/users/{user_id}", json={"state": state})
        assert changed.json()["state"] == state
        assert (await client.get("/session")).status_code == status


@in_world
async def test_the_token_of_a_deleted_sub_accounts_user_is_nobodys(place):
    owner, email = await user_of(place, "Owner"), "eve@example.com"
    body = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
    sub_id = (await owner.post("/sub-accounts", json=body)).json()["organisation_id"]
    eve = await user_of(place, "Owner", sub_id, email)
    assert (await owner.delete(f"/sub-accounts/{sub_id}")).status_code == 204
    access, now_ms = place.backend.access, place.backend.wall_ms()
    new = NewUser(email, "Eve", "Another", Role.ADMIN, "of another Eve")
    await place.backend.write(
        lambda work: access.users.add(place.organisation_id, new, now_ms, work)
    )
    assert (await eve.get("/session")).status_code == 401


@in_world
async def test_who_has_a_client_id_like_an_address_keeps_nobody_out(place):
    access, now_ms = place.backend.access, place.backend.wall_ms()
    await place.backend.write(
        lambda work: access.credentials.add(
            place.organisation_id, "ada@example.com", "a secret", "odd", now_ms, work
        )
    )
    client = await user_of(place, "Owner", email="ada@example.com")
    assert (await client.get("/session")).json()["email"] == "ada@example.com"


@in_world
async def test_pages_of_a_browser_elsewhere_may_not_call(place):
    client = await user_of(place, "Owner")
    answer = await client.get("/users", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@in_world
async def test_no_secret_of_the_portal_is_on_the_timeline(place):
    client = await user_of(place, "Owner")
    added = (await client.post("/credentials", json={"name": "gateway"})).json()
    text = " ".join(repr(record) for record in place.world.timeline.records(kind="request"))
    assert "/portal-api/credentials" in text
    for secret in (PASSWORD, client.headers["Authorization"][7:], added["client_secret"]):
        assert secret not in text
