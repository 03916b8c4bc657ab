"""Attacks on the portal's door and its API: other sites, planted sessions, others' ids, redirects.

What shows in a page is in `story_attacks.py`.
"""

from urllib.parse import unquote

import httpx
import pytest

from nce_sim.portal.door import COOKIE
from support.api import in_world
from support.portal import PASSWORD, PORTAL, neighbour_of, user_of
from support.portal_door import ORIGIN, browser_at, door_of, socket_at

EVIL = "https://evil.example"


async def entered(place, email, path="/portal/sign-in", browser=None):
    """A browser of a user who is there already."""
    browser = browser or browser_at(door_of(place))
    answer = await browser.post(path, data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return browser


# -- other sites ---------------------------------------------------------------------------------


@in_world
async def test_the_cookie_of_the_pages_is_nothing_at_the_api(place):
    await user_of(place, "Owner", email="ada@example.com")
    browser = await entered(place, "ada@example.com")
    token = browser.cookies[COOKIE]
    # A form of another site brings cookies along, and never a header.
    api = httpx.AsyncClient(transport=httpx.ASGITransport(place.app), cookies={COOKIE: token})
    for method, path in (
        ("GET", "/portal-api/session"),
        ("DELETE", "/portal-api/session"),
        ("POST", "/portal-api/credentials"),
        ("POST", "/portal-api/management-api/v1/orders"),
        ("POST", "/management-api/v1/orders"),
    ):
        answer = await api.request(method, f"http://localhost{path}", data={"name": "x"})
        assert answer.status_code == 401, path
    assert (await browser.get("/portal/")).text == "ada@example.com"


@in_world
async def test_another_site_does_nothing_even_with_the_token(place):
    client = await user_of(place, "Owner")
    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Host": "evil.example"}):
        for method, path, body in (
            ("POST", "/credentials", {"name": "theirs"}),
            ("PUT", "/session/email", {"current_password": PASSWORD, "email": "e@evil.example"}),
            ("DELETE", "/session", None),
        ):
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code == 403, (headers, path)
    assert (await client.get("/session")).status_code == 200


@in_world
async def test_another_site_signs_nobody_in_and_changes_no_page(place):
    await user_of(place, "Owner", email="ada@example.com")
    browser = await entered(place, "ada@example.com")
    for path in ("/portal/sign-in", "/portal/sign-out", "/portal/account", "/portal/_nicegui/x"):
        for origin in (EVIL, "null", "http://localhost.evil.example", "http://localhost:81"):
            answer = await browser.post(path, headers={"Origin": origin})
            assert answer.status_code == 403, (path, origin)
            assert "set-cookie" not in answer.headers
    assert (await browser.get("/portal/")).text == "ada@example.com"


# -- planted sessions ----------------------------------------------------------------------------


@in_world
async def test_a_planted_session_is_not_that_of_who_signs_in(place):
    await user_of(place, "Owner", email="victim@example.com")
    await user_of(place, "Read Only", email="eve@example.com")
    eve = await entered(place, "eve@example.com")
    planted = eve.cookies[COOKIE]
    # Eve's own session is in the victim's browser before the victim signs in.
    victim = browser_at(door_of(place))
    victim.cookies.set(COOKIE, planted, domain="localhost.local", path="/portal")
    await entered(place, "victim@example.com", browser=victim)
    after = [cookie.value for cookie in victim.cookies.jar if cookie.name == COOKIE]
    assert after != [planted]
    assert (await victim.get("/portal/")).text == "victim@example.com"
    assert (await eve.get("/portal/")).text == "eve@example.com"
    # A token that nobody was given is nobody's, before a sign-in and after it.
    made_up = browser_at(door_of(place))
    made_up.cookies.set(COOKIE, "x" * 64, domain="localhost.local", path="/portal")
    assert (await made_up.get("/portal/")).status_code == 303


# -- others' ids ---------------------------------------------------------------------------------


@in_world
async def test_two_users_of_one_organisation_change_only_themselves(place):
    ada = await user_of(place, "User", email="ada@example.com")
    eve = await user_of(place, "User", email="eve@example.com")
    users = {row["email"]: row for row in (await ada.get("/users")).json()}
    for more in ({"id": users["ada@example.com"]["id"]}, {"email": "ada@example.com"}):
        answer = await eve.patch("/session/user", json={"first_name": "Eve", **more})
        assert answer.status_code == 400, more
    # Eve knows her own password, and not Ada's address in its place.
    body = {"current_password": PASSWORD, "email": "ADA@example.com "}
    assert (await eve.put("/session/email", json=body)).status_code == 409
    path = f"/users/{users['ada@example.com']['id']}"
    for method, change in (("PATCH", {"first_name": "E"}), ("DELETE", None)):
        assert (await eve.request(method, path, json=change)).status_code == 403
    assert (await eve.delete("/session")).status_code == 204
    # Signing out ended Eve's sessions, and not Ada's.
    assert (await eve.get("/session")).status_code == 401
    assert (await ada.get("/session/user")).json()["first_name"] == "Ada"


@in_world
async def test_ids_of_another_organisation_are_not_found_at_the_management_api_either(place):
    sim = place.world.add_sim()
    owner = await user_of(place, "Owner")
    other = await user_of(place, "Owner", organisation_id=await neighbour_of(place))
    api = "/management-api"
    asked = {"subject": "private", "text": "of ours"}
    assert (await owner.post(f"{api}/v1/support", json=asked)).status_code == 201
    assert "private" in (await owner.get(f"{api}/v1/support")).text
    assert "private" not in (await other.get(f"{api}/v1/support")).text
    for method, path, body in (
        ("GET", f"{api}/v2/sims/{sim.iccid}", None),
        ("GET", f"{api}/v2/sims/{sim.iccid}/status", None),
        ("GET", f"{api}/v2/sims/{sim.iccid}/sms", None),
        ("PUT", f"{api}/v2/sims/{sim.iccid}", {"label": "theirs"}),
        ("POST", f"{api}/v2/sims/{sim.iccid}/reset", None),
    ):
        answer = await other.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert place.world.account.subscription(sim).label is None


# -- redirects -----------------------------------------------------------------------------------

# Wherever a sign-in is told to lead, the browser stays at this server, below the portal.
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    ".evil.example",
    "/../../evil.example",
    "/..//evil.example",
    "/%2e%2e//evil.example",
    "/%2f%2fevil.example/%2e%2e",
    "/sims/%252e%252e/%252e%252e/management-api/docs",
    "/..%5c..%5cevil.example",
)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_sign_in_leads_into_the_portal_alone(path):
    @in_world
    async def scene(place):
        await user_of(place, "Owner", email="ada@example.com")
        browser = browser_at(door_of(place))
        page = await browser.get(f"/portal/sign-in?next={path}")
        assert page.status_code == 200
        answer = await browser.post(
            f"/portal/sign-in?next={path}", data={"email": "ada@example.com", "password": PASSWORD}
        )
        # As a browser reads it: dots go up, backslashes are slashes.
        location = answer.headers["location"].replace("\\", "/")
        target = httpx.URL(f"{ORIGIN}/portal/sign-in").join(location)
        assert (target.scheme, target.host) == ("http", "localhost")
        assert target.path.startswith("/portal/")
        assert ".." not in unquote(target.path)

    scene()


# -- the end of a session ------------------------------------------------------------------------


async def signed_out(place, owner, client, browser):
    await browser.post("/portal/sign-out")


async def changed_password(place, owner, client, browser):
    body = {"current_password": PASSWORD, "password": "another password"}
    assert (await client.put("/session/password", json=body)).status_code == 204


async def disabled(place, owner, client, browser):
    for state in ("DISABLED", "ACTIVE"):  # a session does not come back with its user
        await owner.patch(f"/users/{await _id(owner)}", json={"state": state})


async def deleted(place, owner, client, browser):
    await owner.delete(f"/users/{await _id(owner)}")


async def _id(owner):
    rows = (await owner.get("/users")).json()
    return next(row["id"] for row in rows if row["email"] == "ada@example.com")


@pytest.mark.parametrize("end", [signed_out, changed_password, disabled, deleted])
def test_every_session_of_a_user_ends_at_once(end):
    @in_world
    async def scene(place):
        owner = await user_of(place, "Owner")
        client = await user_of(place, "User", email="ada@example.com")
        door = door_of(place)
        browsers = [await entered(place, "ada@example.com") for _ in range(2)]
        tokens = [browser.cookies[COOKIE] for browser in browsers]
        assert await socket_at(door, tokens[0]) == ["websocket.accept"]
        await end(place, owner, client, browsers[0])
        for browser, token in zip(browsers, tokens, strict=True):
            assert (await browser.get("/portal/")).status_code == 303
            assert await socket_at(door, token) == ["websocket.close"]
            again = browser_at(door)
            again.cookies.set(COOKIE, token, domain="localhost.local", path="/portal")
            assert (await again.get("/portal/account")).status_code == 303
        assert (await client.get("/session")).status_code == 401
        assert (await owner.get("/session")).status_code == 200
        api = place.http(PORTAL)
        api.headers["Authorization"] = f"Bearer {tokens[1]}"
        assert (await api.get("/sims")).status_code == 401

    scene()
