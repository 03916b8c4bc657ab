"""The portal's door: sign-in, the cookie, other sites, sockets; without a browser and NiceGUI."""

import asyncio
import re

import httpx
import pytest
from starlette.middleware.base import BaseHTTPMiddleware

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from nce_sim.portal.door import COOKIE, Door
from nce_sim.portal.in_process import InProcess
from nce_sim.portal.places import PLACES
from support.api import in_world
from support.portal import PASSWORD, ROLES, neighbour_of, user_of
from support.portal_door import browser_at, door_of, socket_at


async def signed_in(place, browser, path="/portal/sign-in"):
    access, email = place.backend.access, "owner@example.com"
    new = NewUser(email, "Ada", "Lovelace", Role.OWNER, PASSWORD)
    now_ms = place.backend.wall_ms()
    await place.backend.write(
        lambda work: access.users.add(place.organisation_id, new, now_ms, work)
    )
    form = {"email": email, "password": PASSWORD}
    return await browser.post(path, data=form)


@in_world
async def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(place):
    browser = browser_at(door_of(place))
    answer = await browser.get("/portal/sims?data=NONE")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/portal/sign-in?next=/sims%3Fdata%3DNONE"
    page = await browser.get(answer.headers["location"])
    action = re.search('action="([^"]*)"', page.text)[1]
    entered = await signed_in(place, browser, path=action)
    assert (entered.status_code, entered.headers["location"]) == (303, "/portal/sims?data=NONE")
    assert (await browser.get("/portal/sims?data=NONE")).text == "owner@example.com"
    assert (await browser.get("/portal/_nicegui/3/static/x.js")).text == "static"


@in_world
async def test_the_cookie_is_for_the_browser_alone_and_new_at_each_sign_in(place):
    browser = browser_at(door_of(place))
    browser.cookies.set(
        COOKIE, "chosen by somebody else", domain="localhost.local", path="/portal"
    )
    first = (await signed_in(place, browser)).headers["set-cookie"]
    assert "chosen" not in first
    for word in ("HttpOnly", "SameSite=strict", "Path=/portal"):
        assert word in first
    assert "Secure" not in first
    again = await browser.post(
        "/portal/sign-in", data={"email": "owner@example.com", "password": PASSWORD}
    )
    assert again.headers["set-cookie"] != first


@in_world
async def test_over_tls_the_cookie_never_leaves_it(place):
    secure = httpx.AsyncClient(
        transport=httpx.ASGITransport(door_of(place)),
        base_url="https://localhost",
        headers={"Origin": "https://localhost"},
    )
    assert "Secure" in (await signed_in(place, secure)).headers["set-cookie"]


# Where a sign-in must not lead: out of the portal.
ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y", "evil")


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_sign_in_leads_nowhere_else(path):
    @in_world
    async def scene(place):
        browser = browser_at(door_of(place))
        answer = await signed_in(place, browser, path=f"/portal/sign-in?next={path}")
        assert answer.headers["location"] == "/portal/"

    scene()


@in_world
async def test_a_wrong_password_is_told_as_text_and_slows_down(place):
    browser = browser_at(door_of(place))
    form = {"email": "<b>ada</b>@example.com", "password": "<script>alert(1)</script>"}
    answers = [await browser.post("/portal/sign-in", data=form) for _ in range(11)]
    assert {answer.status_code for answer in answers} == {403}
    assert "wrong" in answers[0].text
    assert "too many wrong attempts" in answers[-1].text
    for answer in answers:
        assert "<script>alert" not in answer.text
        assert "set-cookie" not in answer.headers
    assert (await browser.post("/portal/sign-in", data={"email": "x" * 5_000})).status_code == 403
    # Somebody elsewhere is not kept out by it.
    other = browser_at(door_of(place), address="127.0.0.2")
    assert (await signed_in(place, other)).status_code == 303


@in_world
async def test_a_page_of_another_site_changes_nothing(place):
    door = door_of(place)
    browser = browser_at(door)
    await signed_in(place, browser)
    for origin in ("https://evil.example", "null", "http://localhost:81", ""):
        for path in ("/portal/sign-in", "/portal/enter", "/portal/sign-out"):
            answer = await browser.post(path, headers={"Origin": origin})
            assert answer.status_code == 403, (origin, path)
    del browser.headers["Origin"]
    assert (await browser.post("/portal/sign-out")).status_code == 403
    assert (await browser.get("/portal/sign-out")).status_code == 405
    assert (await browser.get("/portal/")).text == "owner@example.com"
    assert (await browser.get("/portal/", headers={"Host": "evil.example"})).status_code == 403


@in_world
async def test_a_websocket_needs_a_session_and_a_page_of_the_same_origin(place):
    door = door_of(place)
    browser = browser_at(door)
    await signed_in(place, browser)
    token = browser.cookies[COOKIE]
    assert await socket_at(door, token) == ["websocket.accept"]
    refused = ["websocket.close"]
    assert await socket_at(door, "") == refused
    assert await socket_at(door, "x" * 64) == refused
    assert await socket_at(door, token, origin=None) == refused
    assert await socket_at(door, token, origin="https://evil.example") == refused
    assert (
        await socket_at(door, token, origin="http://evil.example", host="evil.example") == refused
    )
    await browser.post("/portal/sign-out")
    assert await socket_at(door, token) == refused
    # The transport that sockets fall back to is asked the same.
    assert (await browser.get("/portal/_nicegui_ws/socket.io/")).status_code == 401


@in_world
async def test_a_link_lets_its_owner_in_once_and_a_look_does_not_use_it_up(place):
    await user_of(place, "Owner")
    code = place.backend.access.owner_link(place.organisation_id, place.backend.wall_ms())
    browser = browser_at(door_of(place))
    for _ in range(2):
        assert (await browser.get(f"/portal/enter?code={code}")).status_code == 200
    entered = await browser.post("/portal/enter", data={"code": code})
    assert entered.headers["location"] == "/portal/"
    other = browser_at(door_of(place))
    assert (await other.post("/portal/enter", data={"code": code})).status_code == 403
    shown = await other.get('/portal/enter?code="><script>alert(1)</script>')
    assert "<script>alert" not in shown.text


@in_world
async def test_a_session_outlasts_the_door_and_ends_with_its_user(place):
    browser = browser_at(door_of(place))
    await signed_in(place, browser)
    again = browser_at(door_of(place), cookies=browser.cookies)
    assert (await again.get("/portal/")).text == "owner@example.com"
    user = place.backend.access.users.by_email("owner@example.com")
    await place.backend.write(lambda work: place.backend.access.end_sessions(user, work))
    assert (await again.get("/portal/")).status_code == 303


@in_world
async def test_pages_are_framed_by_nobody_and_load_from_here_alone(place):
    answer = await browser_at(door_of(place)).get("/portal/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    assert answer.headers["referrer-policy"] == "same-origin"


# Who sees which entry of the navigation (1nce_os_2.md, 3.5): Owner, Admin, User, Read only, 3rd.
REACHED = {"/": "OAUR3", "/sims": "OAUR3", "/world": "OAU"}
REACHED |= {"/os/inspector": "OAUR3", "/os/controller": "OAUR3", "/os/energy-saver": "OAUR3"}
REACHED |= {"/os/locator": "OAUR3", "/organisation": "OAUR3"}
REACHED |= {"/users": "OAUR3", "/orders": "OAUR"}
REACHED |= dict.fromkeys(
    ("/os", "/os/device-integrator", "/os/cloud-integrator", "/os/plugins", "/os/logs"), "OAUR3"
)
REACHED |= {"/os/settings": "OAUR3", "/configuration": "OAU-3"}
REACHED |= {"/account": "OAUR3", "/performance": "OAUR3", "/support": "OAUR"}


def test_every_place_is_in_the_table():
    assert {place.path for place in PLACES} <= set(REACHED)


@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_reaches_the_pages_that_it_may_see_and_hears_why_not(letter):
    @in_world
    async def scene(place):
        client = await user_of(place, ROLES[letter])
        token = client.headers["Authorization"].removeprefix("Bearer ")
        visit = await InProcess(lambda: place.app).visit(token)
        for each in PLACES:
            reason = each.why_not(visit)
            assert (reason is None) == (letter in REACHED[each.path]), each.path
            assert reason is None or ROLES[letter] in reason

    scene()


@in_world
async def test_an_owner_of_another_account_does_not_reach_the_world(place):
    other = await neighbour_of(place)
    client = await user_of(place, "Owner", organisation_id=other)
    token = client.headers["Authorization"].removeprefix("Bearer ")
    visit = await InProcess(lambda: place.app).visit(token)
    assert visit.control is None
    assert not visit.may("world.steer")
    assert token not in repr(visit)


@in_world
async def test_a_page_that_is_left_before_it_is_made_is_no_error(place):
    async def slow(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass  # nothing is sent: the browser went on to another page

    async def broken(scope, receive, send):
        raise RuntimeError("a fault of a page")

    async def nothing(request, call_next):
        return await call_next(request)

    token = (await signed_in(place, browser_at(door_of(place)))).cookies[COOKIE]
    for app, is_error in ((slow, False), (broken, True)):
        pages = BaseHTTPMiddleware(app, nothing)
        door = Door(InProcess(lambda: place.app), pages)
        waiting = [{"type": "http.disconnect"}, {"type": "http.request", "body": b""}]

        async def receive(waiting=waiting):
            return waiting.pop()

        async def send(message):
            raise AssertionError(message)

        headers = [(b"host", b"localhost"), (b"cookie", f"{COOKIE}={token}".encode())]
        scope = {"type": "http", "method": "GET", "path": "/portal/", "headers": headers}
        scope |= {"query_string": b"", "scheme": "http", "server": ("localhost", 80)}
        if is_error:
            with pytest.raises(RuntimeError, match="a fault of a page"):
                await door(scope, receive, send)
        else:
            await door(scope, receive, send)


@in_world
async def test_who_leaves_amid_the_sign_in_is_no_error_and_who_is_slow_is_told(place):
    part = {"type": "http.request", "body": b"email=a", "more_body": True}
    scope = {"type": "http", "method": "POST", "path": "/portal/sign-in"}
    scope |= {"query_string": b"", "scheme": "http", "server": ("localhost", 80)}
    scope["headers"] = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    for waiting, status in (([part, {"type": "http.disconnect"}], None), ([part], 408)):
        sent = []

        async def receive(waiting=waiting):
            if not waiting:
                await asyncio.get_running_loop().create_future()
            return waiting.pop(0)

        async def send(message, sent=sent):
            sent.append(message)

        await door_of(place)(dict(scope), receive, send)
        assert (sent[0]["status"] if sent else None) == status
