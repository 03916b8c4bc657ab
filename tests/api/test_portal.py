"""The portal's API: users sign in, and the permissions of their roles hold."""

import pytest

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from nce_sim.account.organisations.organisation import NewOrganisation
from support.api import in_world

PORTAL = "http://localhost/portal-api"
PASSWORD = "a long password"
ROLES = {"O": "Owner", "A": "Admin", "U": "User", "R": "Read Only", "3": "3rd party"}
HOME = {"street": "Weg", "zip": "50667", "city": "Cologne", "country": "DE"}


async def user_of(place, role, organisation_id=None, email=None):
    """A client of a user with that role."""
    organisation_id = organisation_id or place.organisation_id
    email = email or f"{Role(role).name.lower()}@{organisation_id}.example"
    new = NewUser(email, "Ada", "Lovelace", Role(role), PASSWORD)
    await place.backend.write(
        lambda work: place.backend.access.users.add(
            organisation_id, new, place.backend.wall_ms(), work
        )
    )
    client = place.http(PORTAL)
    answer = await client.post("/sign-in", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


@in_world
async def test_a_user_signs_in_and_out(place):
    client = await user_of(place, "Read Only", email="ada@example.com")
    me = await client.get("/session")
    assert me.json() == {
        "organisation_id": place.organisation_id,
        "email": "ada@example.com",
        "role": "Read Only",
    }
    assert (await client.delete("/session")).status_code == 204
    assert (await client.get("/session")).status_code == 401


@in_world
async def test_a_wrong_password_and_an_unknown_name_are_told_alike(place):
    await user_of(place, "Owner", email="ada@example.com")
    client, answers = place.http(PORTAL), []
    for email, password in (("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        answers.append(await client.post("/sign-in", json={"email": email, "password": password}))
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert PASSWORD not in answers[1].text


@in_world
async def test_only_users_enter_the_portal_and_an_owner_not_the_management_api(place):
    owner = await user_of(place, "Owner")
    token = owner.headers["Authorization"]
    api = place.http(PORTAL)
    api.headers["Authorization"] = place.client.headers["Authorization"]

    for path in ("/users", "/session", "/nowhere"):
        assert (await api.get(path)).status_code == 403
    assert (await place.http(PORTAL).get("/users")).status_code == 401
    for path in ("/v1/products", "/v1/sims"):
        answer = await place.as_nobody.get(path, headers={"Authorization": token})
        assert answer.status_code == 403


# Operations and who may do them (1nce_os_2.md, 3.5): Owner, Admin, User, Read only, 3rd party.
PERMITTED = (
    ("GET", "/users", None, "OAUR3"),
    ("GET", "/organisation", None, "OAUR3"),
    ("GET", "/organisation/addresses", None, "OAUR3"),
    ("GET", "/sub-accounts", None, "OAUR3"),
    ("GET", "/configuration", None, "OAU-3"),
    ("GET", "/credentials", None, "OAU-3"),
    ("GET", "/vpn", None, "OAU-3"),
    ("PATCH", "/organisation", {"phone": "+49 221 1"}, "OA---"),
    ("POST", "/organisation/addresses", {"kind": "SHIPPING", "address": HOME}, "OA---"),
    ("DELETE", "/organisation/addresses/none", None, "OA---"),
    (
        "POST",
        "/sub-accounts",
        {"name": "Branch", "email": "branch@example.com", "country": "DE"},
        "OA---",
    ),
    ("DELETE", "/sub-accounts/7", None, "OA---"),
    ("POST", "/transfers", {"iccids": ["8988228066600000000"]}, "OA---"),
    ("PUT", "/configuration/breakout", {"mode": "Manual", "region": "Tokyo"}, "OA--3"),
    ("PUT", "/configuration/apn", {"apn": "fleet.example"}, "OAU-3"),
    ("PUT", "/configuration/imei-lock", {"enabled": True}, "OAU--"),
    ("PUT", "/configuration/new-sims", {"imei_lock": True}, "OAU--"),
    ("PUT", "/configuration/new-sims", {"auto_top_up": True}, "OA---"),
    ("POST", "/credentials", {"name": "gateway"}, "OAU-3"),
    ("DELETE", "/credentials/none", None, "OAU-3"),
    ("POST", "/vpn", {"kind": "OPENVPN", "name": "office"}, "OAU-3"),
    ("GET", "/vpn/client-file", None, "OAU-3"),
    ("DELETE", "/vpn/none", None, "OAU-3"),
    (
        "POST",
        "/users",
        {"email": "x@example.com", "first_name": "X", "last_name": "Y", "role": "Admin"},
        "O----",
    ),
    (
        "POST",
        "/users",
        {"email": "x@example.com", "first_name": "X", "last_name": "Y", "role": "User"},
        "OA---",
    ),
    (
        "POST",
        "/users",
        {"email": "x@example.com", "first_name": "X", "last_name": "Y", "role": "Owner"},
        "-----",
    ),
    ("PUT", "/password", {"password": "another password"}, "OAUR3"),
)


@pytest.mark.parametrize(
    "letter", ["U", *(pytest.param(letter, marks=pytest.mark.slow) for letter in "OAR3")]
)
def test_a_role_may_do_what_the_document_says_and_nothing_else(letter):
    @in_world
    async def scene(place):
        for number, (method, path, body, letters) in enumerate(PERMITTED):
            client = await user_of(place, ROLES[letter], email=f"user{number}@example.com")
            answer = await client.request(method, path, json=body)
            is_refused = answer.status_code == 403
            assert is_refused == (letter not in letters), (method, path, answer.text)
            assert answer.status_code < 500, answer.text

    scene()


@in_world
async def test_every_operation_of_the_portal_is_in_the_table(place):
    document = (await place.http(PORTAL).get("/openapi.json")).json()
    operations = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    told = {
        (method, path.replace("none", "{}").replace("/7", "/{}"))
        for method, path, _, _ in PERMITTED
    }
    own = {("POST", "/sign-in"), ("GET", "/session"), ("DELETE", "/session")}
    managed = {("PATCH", "/users/{}"), ("DELETE", "/users/{}")}  # by the role of the user, below

    def shape(path):
        return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))

    assert {(method, shape(path)) for method, path in operations} == told | own | managed


@in_world
async def test_users_are_added_changed_and_deleted(place):
    owner = await user_of(place, "Owner")
    body = {"email": "New@Example.com", "first_name": "N", "last_name": "E", "role": "User"}
    added = await owner.post("/users", json=body)
    assert added.status_code == 201
    password, user_id = added.json()["password"], added.json()["id"]
    client = place.http(PORTAL)
    credentials = {"email": "new@example.com", "password": password}
    token = (await client.post("/sign-in", json=credentials)).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    changed = await owner.patch(f"/users/{user_id}", json={"role": "Read Only"})
    assert changed.json()["role"] == "Read Only"
    assert "password" not in changed.json()
    assert (await client.get("/session")).json()["role"] == "Read Only"
    assert (await client.patch(f"/users/{user_id}", json={"role": "Owner"})).status_code == 403
    assert (await owner.delete(f"/users/{user_id}")).status_code == 204
    assert (await client.get("/session")).status_code == 401
    [left] = (await owner.get("/users")).json()
    assert left["role"] == "Owner"
    assert (await owner.delete(f"/users/{left['id']}")).status_code == 403


@in_world
async def test_credentials_of_the_portal_call_the_management_api_until_they_are_deleted(place):
    admin = await user_of(place, "Admin")
    added = (await admin.post("/credentials", json={"name": "gateway"})).json()
    listed = (await admin.get("/credentials")).json()
    assert added["client_secret"] not in str(listed)
    assert [row["name"] for row in listed] == ["first credentials", "gateway"]
    token = (await place.token(added["client_id"], added["client_secret"])).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await place.as_nobody.get("/v1/products", headers=bearer)).status_code == 200
    deleted = await admin.delete(f"/credentials/{added['client_id']}")
    assert deleted.status_code == 204
    assert (await place.as_nobody.get("/v1/products", headers=bearer)).status_code == 401


@in_world
async def test_the_configuration_takes_effect_in_the_network(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    await owner.put("/configuration/breakout", json={"mode": "Manual", "region": "Tokyo"})
    await owner.put("/configuration/apn", json={"apn": "Fleet.Example"})
    shown = (await owner.get("/configuration")).json()

    assert (shown["breakout_region"], shown["custom_apn"]) == ("Tokyo", "fleet.example")
    assert shown["ip_address_space"] == ["10.160.0.0/24"]
    session = place.world.core.open_session(sim, print, apn="fleet.example")
    assert session.region == "Tokyo"
    await owner.put("/configuration/imei-lock", json={"enabled": True})
    assert not session.is_open


@in_world
async def test_sims_go_to_a_sub_account_and_back_and_it_is_deleted(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    body = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
    sub_id = (await owner.post("/sub-accounts", json=body)).json()["organisation_id"]
    moved = await owner.post(
        "/transfers", json={"target_organisation": sub_id, "ranges": [[sim.iccid, sim.iccid]]}
    )
    assert (moved.status_code, moved.json()) == (201, {"iccids": [sim.iccid]})
    assert (await owner.delete(f"/sub-accounts/{sub_id}")).status_code == 409
    branch = await user_of(place, "Owner", sub_id)
    assert (await branch.post("/transfers", json={"iccids": [sim.iccid]})).status_code == 201
    assert (await owner.delete(f"/sub-accounts/{sub_id}")).status_code == 204
    assert (await branch.get("/session")).status_code == 401


@in_world
async def test_an_openvpn_is_enrolled_and_its_file_downloaded(place):
    owner = await user_of(place, "Owner")
    added = await owner.post("/vpn", json={"kind": "OPENVPN", "name": "office"})
    assert (added.status_code, len(added.json()["token"])) == (201, 160)
    assert "token" not in (await owner.get("/vpn")).json()[0]
    found = await owner.get("/vpn/client-file")
    assert 'filename="eu-central-1-client.ovpn"' in found.headers["Content-Disposition"]
    assert (await owner.delete(f"/vpn/{added.json()['id']}")).status_code == 204


WRONG = (
    ("POST", "/users", {"email": "x@example.com"}),
    ("POST", "/users", {"email": "x", "first_name": "X", "last_name": "Y", "role": "User"}),
    ("POST", "/credentials", {"name": ""}),
    ("POST", "/credentials", {"name": "x", "client_id": "mine"}),
    ("PUT", "/configuration/breakout", {"mode": "Manual", "region": "Rome"}),
    ("PUT", "/configuration/apn", {"apn": "a b"}),
    ("POST", "/vpn", {"kind": "PPTP", "name": "x"}),
    ("POST", "/organisation/addresses", {"kind": "HOME", "address": HOME}),
    ("POST", "/organisation/addresses", {"kind": "BILLING", "address": {"city": "Rome"}}),
    ("PATCH", "/organisation", {"name": "Another"}),
    ("POST", "/transfers", {"iccids": []}),
)


@in_world
async def test_wrong_requests_are_refused(place):
    owner = await user_of(place, "Owner")
    for method, path, body in WRONG:
        answer = await owner.request(method, path, json=body)
        assert answer.status_code == 400, (path, body, answer.text)


@in_world
async def test_a_neighbour_finds_nothing_of_ours(place):
    backend, owner = place.backend, await user_of(place, "Owner")
    new = NewOrganisation("Neighbour", "neighbour@example.com", "DE")
    theirs = await backend.write(
        lambda work: backend.organisations.open_account(new, backend.wall_ms(), work)
    )
    sim = place.world.add_sim()
    sub = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
    sub_id = (await owner.post("/sub-accounts", json=sub)).json()["organisation_id"]
    user_id = (await owner.get("/users")).json()[0]["id"]
    address_id = (await owner.get("/organisation/addresses")).json()[0]["id"]
    client_id = (await owner.get("/credentials")).json()[0]["client_id"]
    vpn = await owner.post("/vpn", json={"kind": "OPENVPN", "name": "office"})
    client = await user_of(place, "Owner", theirs.organisation_id)
    for method, path, body in (
        ("PATCH", f"/users/{user_id}", {"first_name": "Eve"}),
        ("DELETE", f"/users/{user_id}", None),
        ("DELETE", f"/organisation/addresses/{address_id}", None),
        ("DELETE", f"/credentials/{client_id}", None),
        ("DELETE", f"/vpn/{vpn.json()['id']}", None),
        ("GET", "/vpn/client-file", None),
        ("DELETE", f"/sub-accounts/{sub_id}", None),
        ("POST", "/transfers", {"target_organisation": sub_id, "iccids": [sim.iccid]}),
    ):
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    for path in ("/credentials", "/vpn", "/organisation/addresses", "/sub-accounts"):
        assert (await client.get(path)).json() == [], path
    assert len((await client.get("/users")).json()) == 1
    assert (await client.get("/configuration")).json()["ip_address_space"] == ["10.160.1.0/24"]
