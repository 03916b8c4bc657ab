"""Users, credentials, organisation, configuration and VPN over the portal's door."""

import asyncio

from nce_sim.account.organisations.register import Register
from support.api import in_world
from support.portal import PORTAL, neighbour_of, user_of

HOME = {"street": "Weg", "zip": "50667", "city": "Cologne", "country": "DE"}
BRANCH = {"name": "Branch", "email": "branch@example.com", "country": "DE"}


@in_world
async def test_users_are_added_changed_and_deleted(place):
    owner = await user_of(place, "Owner")
    body = {"email": "New@Example.com", "first_name": "N", "last_name": "E", "role": "User"}
    added = await owner.post("/users", json=body)
    assert added.status_code == 201
    password, user_id = added.json()["password"], added.json()["id"]
    client = place.http(PORTAL)
    credentials = {"email": "new@example.com", "password": password}
    token = (await client.post("/session", json=credentials)).json()["access_token"]
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
async def test_the_configuration_counts_addresses_and_locks_and_knows_the_card(place):
    owner = await user_of(place, "Owner")
    sims = [place.world.add_sim() for _ in range(3)]
    place.world.account.lock_imei(sims[0])
    shown = (await owner.get("/configuration")).json()
    assert (shown["apn"], shown["smsc"]) == ("iot.1nce.net", "+882285000016868")
    assert (shown["ip_addresses_total"], shown["ip_addresses_used"]) == (256, 3)
    assert (shown["sims"], shown["sims_with_imei_lock"]) == (3, 1)
    assert shown["stream_types"] == ["EVENT", "USAGE"]
    assert shown["stream_apis"] == ["REST", "KINESIS", "S3"]
    assert set(shown["os_regions"]) < set(shown["breakout_regions"])
    assert shown["has_credit_card"]
    await owner.put("/organisation/payment-methods", json={"methods": ["banktransfer"]})
    assert not (await owner.get("/configuration")).json()["has_credit_card"]


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
async def test_a_transfer_is_previewed_started_and_remembered(place):
    owner, sim = await user_of(place, "Owner", email="ada@example.com"), place.world.add_sim()
    new = {**BRANCH, "address": {**HOME, "first_name": "Ada", "company": "Branch"}}
    sub = (await owner.post("/sub-accounts", json=new)).json()
    sub_id = sub["organisation_id"]
    addresses = place.backend.organisations.addresses.of(sub_id)
    assert {(one.kind, one.address.first_name) for one in addresses} == {
        ("BILLING", "Ada"),
        ("SHIPPING", "Ada"),
    }
    body = {"source_organisation": place.organisation_id, "target_organisation": sub_id}
    body["ranges"] = [[sim.iccid, sim.iccid], ["1", "2"]]
    seen = (await owner.post("/transfers/preview", json=body)).json()
    assert (seen["sims"], [one["sims"] for one in seen["ranges"]]) == (1, [1, 0])
    assert "19 digits" in seen["ranges"][1]["problem"]
    assert (await owner.get("/transfers")).json() == []
    body["ranges"].pop()
    assert (await owner.post("/transfers", json=body)).status_code == 201
    answer = await owner.get("/transfers")
    [shown] = answer.json()
    assert answer.headers["X-Total-Count"] == "1"
    assert (shown["source"], shown["target"]) == ("Example GmbH", "Branch")
    assert (shown["sims"], shown["user"]) == (1, "ada@example.com")
    found = (await owner.get(f"/transfers/{shown['id']}")).json()
    assert found == {"iccids": [sim.iccid]}
    [listed] = (await owner.get("/sub-accounts")).json()
    assert (listed["sims"], listed["open_orders"]) == (1, 0)
    stranger = await user_of(place, "Owner", await neighbour_of(place))
    assert (await stranger.get("/transfers")).json() == []
    assert (await stranger.get(f"/transfers/{shown['id']}")).status_code == 404
    assert (await stranger.post("/transfers/preview", json=body)).status_code == 404


@in_world
async def test_a_new_sub_account_finds_nothing_of_one_that_was_deleted(place):
    owner = await user_of(place, "Owner")
    gone = (await owner.post("/sub-accounts", json=BRANCH)).json()
    branch = await user_of(place, "Owner", gone["organisation_id"])
    stream = {"name": "mine", "type": "EVENT", "url": "https://streams.example.com/in"}
    assert (await branch.post("/streams", json=stream)).status_code == 201
    assert (await owner.delete(f"/sub-accounts/{gone['organisation_id']}")).status_code == 204
    made = (await owner.post("/sub-accounts", json=BRANCH)).json()
    assert made["organisation_id"] > gone["organisation_id"]
    assert made["account_number"] > gone["account_number"]
    after = await user_of(place, "Owner", made["organisation_id"], "after@example.com")
    assert (await after.get("/streams")).json() == []
    again = Register(place.backend.storage)
    assert gone["organisation_id"] not in again
    assert again.next_numbers()[0] == made["organisation_id"] + 1


@in_world
async def test_an_openvpn_is_enrolled_and_its_file_downloaded(place):
    owner = await user_of(place, "Owner")
    added = await owner.post("/vpn", json={"kind": "OPENVPN", "name": "office"})
    assert (added.status_code, len(added.json()["token"])) == (201, 160)
    assert added.json()["credentials"].split() == [
        str(place.organisation_id),
        added.json()["token"],
    ]
    [listed] = (await owner.get("/vpn")).json()
    assert listed["file"] == "eu-central-1-client.ovpn"
    assert not {"token", "credentials"} & set(listed)
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
    owner, theirs = await user_of(place, "Owner"), await neighbour_of(place)
    sim = place.world.add_sim()
    sub = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
    sub_id = (await owner.post("/sub-accounts", json=sub)).json()["organisation_id"]
    user_id = (await owner.get("/users")).json()[0]["id"]
    address_id = (await owner.get("/organisation/addresses")).json()[0]["id"]
    client_id = (await owner.get("/credentials")).json()[0]["client_id"]
    vpn = await owner.post("/vpn", json={"kind": "OPENVPN", "name": "office"})
    client = await user_of(place, "Owner", theirs)
    for method, path, body in (
        ("PATCH", f"/users/{user_id}", {"first_name": "Eve"}),
        ("DELETE", f"/users/{user_id}", None),
        ("PATCH", f"/organisation/addresses/{address_id}", {"is_default": False}),
        ("DELETE", f"/organisation/addresses/{address_id}", None),
        ("DELETE", f"/credentials/{client_id}", None),
        ("DELETE", f"/vpn/{vpn.json()['id']}", None),
        ("GET", "/vpn/client-file", None),
        ("GET", f"/sub-accounts/{sub_id}", None),
        ("DELETE", f"/sub-accounts/{sub_id}", None),
        ("POST", "/transfers", {"target_organisation": sub_id, "iccids": [sim.iccid]}),
    ):
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    for path in ("/credentials", "/vpn", "/organisation/addresses", "/sub-accounts"):
        assert (await client.get(path)).json() == [], path
    assert len((await client.get("/users")).json()) == 1
    assert (await client.get("/configuration")).json()["ip_address_space"] == ["10.160.1.0/24"]


@in_world
async def test_what_is_the_accounts_is_not_found_by_its_sub_account_nor_the_reverse(place):
    owner = await user_of(place, "Owner")
    sub_id = (await owner.post("/sub-accounts", json=BRANCH)).json()["organisation_id"]
    branch = await user_of(place, "Owner", sub_id)
    for one, other in ((owner, branch), (branch, owner)):
        user_id = (await one.get("/users")).json()[0]["id"]
        client_id = (await one.post("/credentials", json={"name": "x"})).json()["client_id"]
        assert (
            await other.patch(f"/users/{user_id}", json={"first_name": "E"})
        ).status_code == 404
        assert (await other.delete(f"/credentials/{client_id}")).status_code == 404
    assert (await branch.get("/sub-accounts")).json() == []
    assert (await branch.get(f"/sub-accounts/{sub_id}")).status_code == 404


@in_world
async def test_an_account_sees_its_sub_accounts_with_their_sims(place):
    owner, sim = await user_of(place, "Owner"), place.world.add_sim()
    sub_id = (await owner.post("/sub-accounts", json=BRANCH)).json()["organisation_id"]
    await owner.post("/transfers", json={"target_organisation": sub_id, "iccids": [sim.iccid]})
    found = (await owner.get(f"/sub-accounts/{sub_id}")).json()
    assert (found["name"], found["parent_id"], found["sims"]) == (
        "Branch",
        place.organisation_id,
        1,
    )
    assert (await owner.get("/sub-accounts")).json() == [found]
    assert (await owner.get("/organisation")).json()["sims"] == 0


@in_world
async def test_addresses_and_payment_methods_are_changed(place):
    owner = await user_of(place, "Owner")
    body = {"kind": "SHIPPING", "address": HOME}
    added = (await owner.post("/organisation/addresses", json=body)).json()
    assert (added["kind"], added["is_default"], added["address"]["city"]) == (
        "SHIPPING",
        False,
        "Cologne",
    )
    path = f"/organisation/addresses/{added['id']}"
    changed = await owner.patch(path, json={"address": {**HOME, "city": "Bonn"}})
    assert changed.json()["address"]["city"] == "Bonn"
    assert changed.json() in (await owner.get("/organisation/addresses")).json()
    shown = await owner.put("/organisation/payment-methods", json={"methods": ["creditcard"]})
    assert shown.json()["payment_methods"] == ["creditcard"]
    wrong = await owner.put("/organisation/payment-methods", json={"methods": ["gold"]})
    assert wrong.status_code == 400


@in_world
async def test_lists_come_in_pages(place):
    owner = await user_of(place, "Owner")
    for number in range(12):
        await asyncio.sleep(0.001)  # the older one first
        await owner.post("/credentials", json={"name": f"pair {number}"})
    first = await owner.get("/credentials")
    assert (len(first.json()), first.headers["x-total-pages"]) == (10, "2")
    last = await owner.get("/credentials?page=2&pageSize=5")
    assert [row["name"] for row in last.json()] == [f"pair {number}" for number in range(4, 9)]
    assert last.headers["x-total-count"] == "13"
    assert (await owner.get("/credentials?page=9")).json() == []
