"""What each role may do in the portal: every operation with every role."""

import pytest

from nce_sim.account.access.permissions import MAY, Role
from nce_sim.api.app import portal
from nce_sim.api.portal.permission import PERMISSION
from support.api import in_world
from support.portal import ROLES, user_of

HOME = {"street": "Weg", "zip": "50667", "city": "Cologne", "country": "DE"}
BRANCH = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
PASSWORDS = {"current_password": "not the one", "password": "another password"}
STREAM = {"name": "mine", "type": "EVENT", "url": "https://streams.example.com/in"}
FORWARDER = {"url": "https://sms.example.com/in"}


def user(role):
    return {"email": "x@example.com", "first_name": "X", "last_name": "Y", "role": role}


# Operations, and who may do them (1nce_os_2.md, 3.5): Owner, Admin, User, Read only, 3rd party.
PERMITTED = (
    ("GET", "/session", None, "OAUR3"),
    ("GET", "/dashboard", None, "OAUR3"),
    ("GET", "/dashboard/usage", None, "OAUR3"),
    ("GET", "/dashboard/orders", None, "OAUR-"),
    ("GET", "/credits", None, "OAUR3"),
    ("GET", "/terms", None, "OAUR3"),
    ("GET", "/sims", None, "OAUR3"),
    ("GET", "/sims/export", None, "OAU-3"),
    ("GET", "/sims/exports", None, "OAU-3"),
    ("GET", "/sims/exports/none/file", None, "OAU-3"),
    ("POST", "/sims/exports", {"state": "ENABLED"}, "OAU-3"),
    ("GET", "/sims/none/quota-steps", None, "OAUR3"),
    ("GET", "/coverage", None, "OAUR3"),
    ("GET", "/coverage/DE", None, "OAUR3"),
    ("GET", "/devices/none/lwm2m", None, "OAUR3"),
    ("GET", "/locator/geofences", None, "OAUR3"),
    ("GET", "/locator/cell-events", None, "OAUR3"),
    ("GET", "/locator/cell-events/7/plus", None, "OAUR3"),
    ("GET", "/users", None, "OAUR3"),
    ("GET", "/organisation", None, "OAUR3"),
    ("GET", "/organisation/addresses", None, "OAUR3"),
    ("GET", "/organisation/emails", None, "OAUR3"),
    ("GET", "/session/user", None, "OAUR3"),
    ("GET", "/performance", None, "OAUR3"),
    ("GET", "/sub-accounts", None, "OAUR3"),
    ("GET", "/sub-accounts/7", None, "OAUR3"),
    ("GET", "/transfers", None, "OAUR3"),
    ("GET", "/transfers/7", None, "OAUR3"),
    ("GET", "/configuration", None, "OAU-3"),
    ("GET", "/configuration/limits", None, "OAU-3"),
    ("GET", "/credentials", None, "OAU-3"),
    ("GET", "/streams", None, "OA--3"),
    ("GET", "/sms-forwarder", None, "OAU-3"),
    ("GET", "/vpn", None, "OAU-3"),
    ("GET", "/vpn/client-file", None, "OAU-3"),
    ("PATCH", "/organisation", {"phone": "+49 221 1"}, "OA---"),
    ("PUT", "/organisation/payment-methods", {"methods": ["banktransfer"]}, "OA---"),
    ("POST", "/organisation/addresses", {"kind": "SHIPPING", "address": HOME}, "OA---"),
    ("PATCH", "/organisation/addresses/none", {"is_default": True}, "OA---"),
    ("DELETE", "/organisation/addresses/none", None, "OA---"),
    ("POST", "/organisation/emails", {"kind": "INVOICE", "email": "b@example.com"}, "OA---"),
    ("DELETE", "/organisation/emails/none", None, "OA---"),
    ("PATCH", "/session/user", {"first_name": "X"}, "OAUR3"),
    ("PUT", "/session/email", {"current_password": "no", "email": "x@example.com"}, "OAUR3"),
    ("POST", "/sub-accounts", BRANCH, "OA---"),
    ("DELETE", "/sub-accounts/7", None, "OA---"),
    ("POST", "/transfers", {"iccids": ["8988228066600000000"]}, "OA---"),
    ("POST", "/transfers/preview", {"ranges": []}, "OA---"),
    ("PUT", "/configuration/breakout", {"mode": "Manual", "region": "Tokyo"}, "OA--3"),
    ("PUT", "/configuration/apn", {"apn": "fleet.example"}, "OAU-3"),
    ("PUT", "/configuration/limits", {"data": 1}, "OAU-3"),
    ("PUT", "/configuration/imei-lock", {"enabled": True}, "OAU--"),
    ("PUT", "/configuration/new-sims/imei-lock", {"enabled": True}, "OAU--"),
    ("PUT", "/configuration/new-sims/auto-top-up", {"enabled": True}, "OA---"),
    ("POST", "/streams", STREAM, "OA--3"),
    ("POST", "/streams/none/start", None, "OA--3"),
    ("POST", "/streams/none/stop", None, "OA--3"),
    ("POST", "/streams/none/restart", None, "OA--3"),
    ("DELETE", "/streams/none", None, "OA--3"),
    ("PUT", "/sms-forwarder", FORWARDER, "OAU-3"),
    ("DELETE", "/sms-forwarder", None, "OAU-3"),
    ("POST", "/credentials", {"name": "gateway"}, "OAU-3"),
    ("DELETE", "/credentials/none", None, "OAU-3"),
    ("POST", "/vpn", {"kind": "OPENVPN", "name": "office"}, "OAU-3"),
    ("DELETE", "/vpn/none", None, "OAU-3"),
    ("POST", "/users", user("User"), "OA---"),
    ("PATCH", "/users/none", {"first_name": "X"}, "OA---"),
    ("DELETE", "/users/none", None, "OA---"),
    ("PUT", "/session/password", PASSWORDS, "OAUR3"),
    ("DELETE", "/session", None, "OAUR3"),
)
# The wrong password of one's own is 403, too: its text tells the two apart.
NO_PERMISSION = "has no permission"
OPEN = {("POST", "/session"), ("POST", "/session/link")}


@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_may_do_what_the_document_says_and_nothing_else(letter):
    @in_world
    async def scene(place):
        client = await user_of(place, ROLES[letter])
        for method, path, body, letters in PERMITTED:
            answer = await client.request(method, path, json=body)
            is_refused = answer.status_code == 403 and NO_PERMISSION in answer.text
            assert is_refused == (letter not in letters), (method, path, answer.text)
            assert answer.status_code != 401, (method, path)
            assert answer.status_code < 500, (method, path, answer.text)

    scene()


def shape(path):
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_every_operation_is_in_the_table_and_declares_the_one_permission_it_needs():
    declared = {
        (method.upper(), shape(path)): operation.get(PERMISSION)
        for path, item in portal().openapi()["paths"].items()
        for method, operation in item.items()
    }
    assert {declared.pop(operation) for operation in OPEN} == {None}
    for method, path, _, letters in PERMITTED:
        place = path.replace("none", "{}").replace("/7", "/{}").replace("/DE", "/{}")
        permission = declared.pop((method, place))
        may = {letter for letter, role in ROLES.items() if MAY[Role(role), permission]}
        assert may == set(letters) - {"-"}, (method, path, permission)
        assert not MAY[Role.API, permission]
    assert declared == {}


# Adding a user asks for more, by the role of the new one.
MANAGED = (("Owner", "-----"), ("Admin", "O----"), ("Read Only", "OA---"), ("API", "OA---"))


@pytest.mark.parametrize("letter", list(ROLES))
def test_whom_a_role_may_add(letter):
    @in_world
    async def scene(place):
        client = await user_of(place, ROLES[letter])
        for number, (role, letters) in enumerate(MANAGED):
            body = {**user(role), "email": f"user{number}@example.com"}
            answer = await client.post("/users", json=body)
            assert answer.status_code == (201 if letter in letters else 403), (role, answer.text)

    scene()


@in_world
async def test_a_role_that_changes_holds_at_once(place):
    owner, client = await user_of(place, "Owner"), await user_of(place, "Admin")
    [user_id] = [row["id"] for row in (await owner.get("/users")).json() if row["role"] == "Admin"]
    assert (await client.post("/credentials", json={"name": "x"})).status_code == 201
    await owner.patch(f"/users/{user_id}", json={"role": "Read Only"})
    assert (await client.post("/credentials", json={"name": "x"})).status_code == 403


def test_the_document_tells_how_to_sign_in_and_how_a_request_is_refused():
    document = portal().openapi()
    assert [*document["components"]["securitySchemes"]] == ["HTTPBearer"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert "422" not in operation["responses"], path
            assert [*operation["responses"]["default"]["content"]] == ["application/json"], path
            is_open = (method.upper(), path) in OPEN
            assert ("security" in operation) == (not is_open), path
