"""The gate of the Management API: token, host, origin, size, rate; errors in their shapes."""

import asyncio
import base64
import json

import pytest

from nce_sim.api.settings import ApiSettings
from nce_sim.api.shapes import GATEWAY, OS, SIMS_1, TOKEN, VERSION_2, group_of
from support.api import in_world

JSON_GRANT = {"grant_type": "client_credentials"}


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@in_world
async def test_the_same_credentials_get_the_same_token_with_less_time(place):
    first = (await place.token(place.client_id, place.secret)).json()
    place.world.advance(600_000)
    again = (await place.token(place.client_id, place.secret)).json()
    assert again["access_token"] == first["access_token"]
    assert (first["expires_in"], again["expires_in"]) == (3600, 3000)
    assert first["token_type"] == "bearer"
    assert first["status_code"] == 200
    place.world.advance(3_000_000)
    another = (await place.token(place.client_id, place.secret)).json()
    assert another["access_token"] != first["access_token"]
    assert another["expires_in"] == 3600


@in_world
async def test_a_form_is_taken_as_well(place):
    answer = await place.as_nobody.post(
        "/oauth/token", auth=(place.client_id, place.secret), data=JSON_GRANT
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


WRONG_TOKENS = (
    ({}, JSON_GRANT, "AuthValidationError", "Missing attributes 'username'"),
    (basic(":secret"), JSON_GRANT, "AuthValidationError", "Missing attributes 'username'"),
    (basic("somebody"), JSON_GRANT, "AuthValidationError", "Missing attributes 'password'"),
    ({"Authorization": "Basic %%%"}, JSON_GRANT, "AuthValidationError", "'username'"),
    (basic("nobody:wrong"), JSON_GRANT, "BadCredentials", "User does not exist."),
    (basic("nobody:wrong"), {}, "BodyValidationError", "Missing attributes 'grant_type'"),
    (basic("nobody:wrong"), {"grant_type": "password"}, "BodyValidationError", "'grant_type'"),
)


@pytest.mark.parametrize("row", WRONG_TOKENS, ids=lambda row: row[3])
@in_world
async def test_a_wrong_request_for_a_token_says_what_is_wrong(place, row):
    headers, body, code, text = row
    answer = await place.as_nobody.post("/oauth/token", headers=headers, json=body)
    assert answer.status_code == 400
    found = answer.json()
    assert found["statusCode"] == 400
    assert found["errorCode"] == code
    assert text in found["message"]


@in_world
async def test_a_token_is_wanted_in_json_or_as_a_form(place):
    answer = await place.as_nobody.post(
        "/oauth/token",
        headers=basic("a:b") | {"Content-Type": "text/plain"},
        content=b"grant_type=client_credentials",
    )
    assert answer.status_code == 400
    assert answer.json()["errorCode"] == "UnsupportedContentTypeError"


@in_world
async def test_nobody_learns_whether_a_path_exists(place):
    for path in ("/v1/products", "/v1/nothing", "/"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, basic("a:b")):
            answer = await place.as_nobody.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"


@in_world
async def test_a_token_that_is_over_is_none(place):
    assert (await place.get("/v1/nothing")).status_code == 404
    place.world.advance(3_600_000)
    assert (await place.get("/v1/nothing")).status_code == 401


@in_world
async def test_the_owner_gets_a_token_and_may_not_call(place):
    owner = place.backend.access.first_owner(place.organisation_id, place.backend.wall_ms())
    answer = await place.token(owner.user.email, owner.password)
    token = answer.json()["access_token"]
    refused = await place.as_nobody.get(
        "/v1/products", headers={"Authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 403
    assert "Owner" in refused.json()["message"]


# -- a page in the user's browser -----------------------------------------------------------

HOSTS = (
    ("localhost", 404),
    ("127.0.0.1:8080", 404),
    ("127.9.0.1", 404),
    ("[::1]:8080", 404),
    ("example.com", 403),
    ("localhost.example.com", 403),
    ("127.0.0.1.example.com", 403),
    ("10.0.0.1", 403),
    ("", 403),
)


@pytest.mark.parametrize(("host", "status"), HOSTS)
@in_world
async def test_only_names_of_this_computer_are_served(place, host, status):
    answer = await place.get("/v1/nothing", headers={"Host": host})
    assert answer.status_code == status


@in_world(settings=ApiSettings(rate_limits={}, hosts=("world.test",), origins=("http://a.test",)))
async def test_more_names_and_pages_are_added_by_settings(place):
    assert (await place.get("/v1/nothing", headers={"Host": "world.test"})).status_code == 404
    for origin, status in (("http://a.test", 404), ("http://b.test", 403), ("null", 403)):
        answer = await place.get("/v1/nothing", headers={"Origin": origin})
        assert answer.status_code == status, origin


@in_world
async def test_a_page_of_the_api_itself_may_call(place):
    for origin, status in (
        ("http://localhost", 404),
        ("http://localhost:81", 403),
        ("http://evil.test", 403),
        ("http://localhost.evil.test", 403),
    ):
        answer = await place.get("/v1/nothing", headers={"Origin": origin})
        assert answer.status_code == status, origin


# -- bounds ---------------------------------------------------------------------------------


@in_world(settings=ApiSettings(rate_limits={}, body_max_bytes=100))
async def test_a_body_has_a_bound(place):
    answer = await place.post("/v1/nothing", content=b"x" * 101)
    assert answer.status_code == 413
    assert "100 bytes" in answer.json()["errors"][0]["message"]
    assert (await place.post("/v1/nothing", content=b"x" * 100)).status_code == 404

    async def pieces():
        for _ in range(101):
            yield b"x"

    assert (await place.post("/v1/nothing", content=pieces())).status_code == 413


@in_world(settings=ApiSettings())
async def test_ten_requests_a_second_then_wait(place):
    statuses = [(await place.get("/v1/nothing")).status_code for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2
    refused = await place.get("/v1/nothing")
    assert refused.headers["retry-after"] == "1"
    place.world.advance(1_000)
    assert (await place.get("/v1/nothing")).status_code == 404


# -- errors ---------------------------------------------------------------------------------

GROUPS = (
    ("/v1/integrate/devices", OS),
    ("/v1/sims/8988", SIMS_1),
    ("/v1/sims/extension", GATEWAY),
    ("/v2/sims", VERSION_2),
    ("/v1/orders", GATEWAY),
    ("/oauth/token", TOKEN),
)


@pytest.mark.parametrize(("path", "group"), GROUPS)
def test_each_group_has_its_shape(path, group):
    assert group_of(path) is group


@in_world
async def test_errors_have_the_shape_of_their_group(place):
    assert (await place.get("/v1/integrate/nothing")).json() == {
        "statusCode": 404,
        "statusText": "Not Found",
        "errors": [{"message": "Not Found"}],
    }
    assert (await place.get("/v2/sims/nothing/x")).json() == {
        "error_code": 1000,
        "error_token": "NotFound",
        "message": "Not Found",
    }
    wrong = await place.client.put("/oauth/token")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"


@in_world
async def test_a_method_that_a_path_lacks_is_told_all_that_it_has(place):
    for path, methods in (
        ("/v1/sims", "GET, POST"),
        ("/v1/sims/limits", "GET, POST"),
        ("/v1/sims/8988", "GET, PUT"),
        ("/v1/locate/geofences/x", "DELETE, GET, PATCH"),
        ("/docs", "GET, HEAD"),
    ):
        answer = await place.client.request("TRACE", path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == methods, path


@in_world
async def test_every_request_is_on_the_timeline_without_its_secrets(place):
    await place.get("/v1/sims/8988228066600000001/nothing?q=secret-query")
    records = place.world.timeline.records(kind="request")
    assert records[-1].fields["path"].startswith("/management-api/v1/sims/898822***")
    assert records[-1].fields["status"] == 404
    text = json.dumps([str(record) for record in records])
    token = place.client.headers["Authorization"].split()[1]
    for secret in (place.secret, token, "secret-query", "8988228066600000001"):
        assert secret not in text


@in_world
async def test_the_document_is_at_the_door(place):
    answer = await place.as_nobody.get("/openapi.json")
    assert answer.status_code == 200
    assert "/oauth/token" in answer.json()["paths"]


async def answer_to(app, messages, path="/management-api/v1/nothing", method="POST"):
    """What the doors answer to a request whose body comes in these messages, and then no more."""
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    scope |= {"query_string": b"", "scheme": "http", "server": ("localhost", 80)}
    sent, waiting = [], list(messages)

    async def receive():
        if not waiting:
            await asyncio.get_running_loop().create_future()
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


@in_world
async def test_a_body_that_does_not_come_to_its_end_is_waited_for_no_longer_than_30_s(place):
    part = {"type": "http.request", "body": b"{", "more_body": True}
    began_ms = place.world.clock.now_ms()
    path = "/portal-api/session"  # it needs no token
    start, body = await answer_to(place.app, [part], path)
    assert (start["status"], place.world.clock.now_ms() - began_ms) == (408, 30_000)
    assert (b"connection", b"close") in start["headers"]
    assert b"within 30 s" in body["body"]


@in_world
async def test_what_is_cut_short_is_not_done(place):
    sim = place.world.add_sim()
    bearer = place.client.headers["Authorization"].encode()

    async def signed(scope, receive, send):
        scope["headers"].append((b"authorization", bearer))
        await place.app(scope, receive, send)

    path = f"/management-api/v1/sims/{sim.iccid}/reset"
    whole = {"type": "http.request", "body": b"", "more_body": False}
    part = {**whole, "more_body": True}

    async def resets():
        await asyncio.sleep(60)
        return len(place.world.timeline.records(kind="connection_reset"))

    assert await answer_to(signed, [part, {"type": "http.disconnect"}], path) == []
    assert await resets() == 0
    start, _ = await answer_to(signed, [whole], path)
    assert start["status"] < 300
    assert await resets() == 1


@in_world
async def test_a_body_without_its_header_is_told_what_it_lacks(place):
    asked = {
        "url": "http://localhost/portal-api/session",
        "content": b'{"email": "a", "password": "b"}',
    }
    hint = "send the header Content-Type: application/json"
    for kind in ({}, {"Content-Type": "text/plain"}):
        answer = await place.as_nobody.post(**asked, headers=kind)
        assert (answer.status_code, hint in answer.text) == (400, True)
    for kind in ("application/json", "Application/JSON; charset=utf-8", "application/x+json"):
        answer = await place.as_nobody.post(**asked, headers={"Content-Type": kind})
        assert (answer.status_code, hint in answer.text) == (401, False)
    listed = {**asked, "content": b"[]", "headers": {"Content-Type": "application/json"}}
    answer = await place.as_nobody.post(**listed)
    assert (answer.status_code, hint in answer.text) == (400, False)
