"""One's own user data, the additional e-mail addresses, and how the service performs."""

from contextlib import suppress
from random import SystemRandom

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.users import NewUser, Users
from nce_sim.account.organisations.emails import AdditionalEmails
from nce_sim.backend import open_storage
from support.api import in_world
from support.portal import PASSWORD, PORTAL, neighbour_of, user_of


async def signs_in(place, email, password=PASSWORD):
    answer = await place.http(PORTAL).post("/session", json={"email": email, "password": password})
    return answer.status_code == 201


@in_world
async def test_a_user_changes_its_own_name_and_nothing_else_by_it(place):
    client = await user_of(place, "Read Only", email="ada@example.com")
    changed = await client.patch("/session/user", json={"salutation": "2", "last_name": "King"})
    assert changed.json() == {
        "email": "ada@example.com",
        "salutation": "2",
        "first_name": "Ada",
        "last_name": "King",
        "role": "Read Only",
        "newsletter": False,
        "notifications": False,
    }
    assert (await client.get("/session/user")).json() == changed.json()
    wanted = await client.patch("/session/user", json={"newsletter": True})
    assert wanted.json() == {**changed.json(), "newsletter": True}
    gone = await client.patch("/session/user", json={"salutation": ""})
    assert gone.json()["salutation"] is None
    for wrong in ({"role": "Owner"}, {"state": "ACTIVE"}, {"salutation": "3"}, {"last_name": ""}):
        assert (await client.patch("/session/user", json=wrong)).status_code == 400, wrong


@in_world
async def test_who_knows_the_password_signs_in_with_another_address(place):
    client = await user_of(place, "User", email="ada@example.com")
    await user_of(place, "Admin", email="eve@example.com")
    body = {"current_password": "not the one", "email": "New@Example.com"}
    assert (await client.put("/session/email", json=body)).status_code == 403
    body["current_password"] = PASSWORD
    for email, status in (("eve@example.com", 409), ("no address", 400), ("a:b@c.example", 400)):
        refused = await client.put("/session/email", json={**body, "email": email})
        assert refused.status_code == status, email
    changed = await client.put("/session/email", json=body)
    assert changed.json()["email"] == "new@example.com"
    # The session goes on, under the new address.
    assert (await client.get("/session")).json()["email"] == "new@example.com"
    assert await signs_in(place, "new@example.com")
    assert not await signs_in(place, "ada@example.com")
    # The old address is free.
    await user_of(place, "Owner", email="ada@example.com")
    assert (await client.get("/session")).json()["email"] == "new@example.com"


@in_world
async def test_a_password_is_not_guessed_by_changing_the_address(place):
    client = await user_of(place, "User")
    body = {"current_password": "guess", "email": "x@example.com"}
    statuses = [(await client.put("/session/email", json=body)).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]


@in_world
async def test_invoices_go_to_more_addresses(place):
    owner = await user_of(place, "Owner")
    body = {"kind": "INVOICE", "email": "books@example.com"}
    added = await owner.post("/organisation/emails", json=body)
    assert added.status_code == 201
    again = await owner.post("/organisation/emails", json={**body, "email": "Books@Example.com"})
    assert again.status_code == 409
    other_kind = await owner.post("/organisation/emails", json={**body, "kind": "VOLUME"})
    assert other_kind.status_code == 201
    for wrong in ({**body, "kind": "NEWS"}, {**body, "email": "nobody"}):
        assert (await owner.post("/organisation/emails", json=wrong)).status_code == 400
    listed = (await owner.get("/organisation/emails")).json()
    assert [(one["kind"], one["email"]) for one in listed] == [
        ("INVOICE", "books@example.com"),
        ("VOLUME", "books@example.com"),
    ]
    email_id = added.json()["id"]
    assert (await owner.delete(f"/organisation/emails/{email_id}")).status_code == 204
    assert (await owner.delete(f"/organisation/emails/{email_id}")).status_code == 404
    assert len((await owner.get("/organisation/emails")).json()) == 1


@in_world
async def test_an_organisation_has_its_addresses_for_itself(place):
    owner = await user_of(place, "Owner")
    other = await user_of(place, "Owner", organisation_id=await neighbour_of(place))
    body = {"kind": "INVOICE", "email": "books@example.com"}
    added = (await owner.post("/organisation/emails", json=body)).json()
    assert (await other.get("/organisation/emails")).json() == []
    assert (await other.delete(f"/organisation/emails/{added['id']}")).status_code == 404
    assert (await other.post("/organisation/emails", json=body)).status_code == 201
    for number in range(20):
        more = {**body, "email": f"{number}@example.com"}
        last = await other.post("/organisation/emails", json=more)
    assert last.status_code == 409
    assert len((await owner.get("/organisation/emails")).json()) == 1


def states(answer):
    return {one["name"]: one["state"] for one in answer["components"]}


@in_world
async def test_components_fail_as_the_world_does_and_come_back(place):
    client = await user_of(place, "3rd party")
    found = (await client.get("/performance")).json()
    assert set(states(found).values()) == {"AVAILABLE"}
    assert found["incidents"] == []
    cell, troubles = place.world.operator.cells[0], place.backend.troubles
    cell.is_in_coverage = False
    trouble = troubles.begin("api", "slow", delay_ms=500)
    place.world.advance(60_000)
    now = states((await client.get("/performance")).json())
    assert (now["4G/LTE Network"], now["Management API"]) == ("OUTAGE", "DEGRADED")
    assert now["1NCE OS"] == "AVAILABLE"
    cell.is_in_coverage = True
    troubles.end(trouble.number)
    found = (await client.get("/performance")).json()
    assert set(states(found).values()) == {"AVAILABLE"}
    lasted = [(one["component"], one["state"], one["ended"] is None) for one in found["incidents"]]
    assert lasted == [("4G/LTE Network", "OUTAGE", False), ("Management API", "DEGRADED", False)]
    assert found["incidents"][0]["began"] < found["incidents"][0]["ended"]


@in_world
async def test_an_incident_is_told_once_as_the_worst_that_it_was(place):
    client, troubles = await user_of(place, "Owner"), place.backend.troubles
    first = troubles.begin("coap", "error")
    second = troubles.begin("udp", "down")
    troubles.end(second.number)
    [incident] = (await client.get("/performance")).json()["incidents"]
    assert (incident["state"], incident["ended"]) == ("OUTAGE", None)
    assert "udp is down" in incident["information"]
    troubles.end(first.number)
    # One that counts requests ends by itself.
    troubles.begin("coap", "error", count=1)
    troubles.fate(("coap",))
    [newest, _] = (await client.get("/performance")).json()["incidents"]
    assert newest["ended"] is not None


def test_own_data_and_addresses_outlast_a_restart(tmp_path):
    path = str(tmp_path / "world.db")

    def opened():
        storage = open_storage(path)
        settings = AccessSettings(scrypt_cost=2)
        random = SystemRandom()
        return storage, Users(storage, random, settings), AdditionalEmails(storage, random)

    storage, users, emails = opened()
    new = NewUser("ada@example.com", "Ada", "Lovelace", Role.USER)
    with storage.unit() as work:
        user = users.add(1, new, 0, work).user
        named = users.change_own(user, salutation="2", last_name="King", work=work)
        users.set_email(named, "king@example.com", work)
        emails.add(1, "VOLUME", "v@example.com", work)
    storage.close()
    storage, users, emails = opened()
    found = users.by_email("king@example.com")
    assert (found.salutation, found.first_name, found.last_name) == ("2", "Ada", "King")
    assert users.by_email("ada@example.com") is None
    assert [(one.kind, one.email) for one in emails.of(1)] == [("VOLUME", "v@example.com")]
    with suppress(RuntimeError), storage.unit() as work:
        users.set_email(found, "lost@example.com", work)
        emails.add(1, "INVOICE", "lost@example.com", work)
        raise RuntimeError
    assert users.by_email("king@example.com") == found
    assert users.by_email("lost@example.com") is None
    assert len(emails.of(1)) == 1
    storage.close()


@in_world
async def test_a_file_of_sims_stays_as_it_was_and_the_oldest_goes(place):
    client = await user_of(place, "User")
    sims = [place.world.add_sim() for _ in range(3)]
    place.world.account.set_label(sims[0], "=cmd|1")
    made = (await client.post("/sims/exports", json={"text": "cmd", "field": "label"})).json()
    assert (made["state"], made["sims"], made["user"]) == ("FINISHED", 1, "user@8000001.example")
    assert made["filters"] == {"text": "cmd", "field": "label"}
    place.world.account.set_label(sims[0], "another")
    file = await client.get(f"/sims/exports/{made['id']}/file")
    assert file.headers["cache-control"] == "no-store"
    [_, row] = file.text.splitlines()
    assert "'=cmd|1" in row
    for _number in range(10):
        place.world.advance(1_000)
        await client.post("/sims/exports", json={"imei_lock": False})
    listed = (await client.get("/sims/exports", params={"pageSize": 100})).json()
    assert [one["sims"] for one in listed] == [3] * 10
    assert listed[0]["filters"] == {"imei_lock": "false"}
    assert (await client.get(f"/sims/exports/{made['id']}/file")).status_code == 404
    assert (await client.post("/sims/exports", json={"state": "BLUE"})).status_code == 400


@in_world
async def test_a_neighbour_gets_no_file_of_another(place):
    owner = await user_of(place, "Owner")
    other = await user_of(place, "Owner", organisation_id=await neighbour_of(place))
    made = (await owner.post("/sims/exports", json={})).json()
    assert (await other.get("/sims/exports")).json() == []
    assert (await other.get(f"/sims/exports/{made['id']}/file")).status_code == 404


@in_world
async def test_what_a_user_wants_to_be_sent_is_stored(place):
    owner = await user_of(place, "Owner")
    new = {"email": "grace@example.com", "first_name": "G", "last_name": "H", "role": "User"}
    boxes = ("newsletter", "notifications")
    added = (await owner.post("/users", json={**new, "notifications": True})).json()
    assert [added[box] for box in boxes] == [False, True]
    changed = await owner.patch(f"/users/{added['id']}", json={"newsletter": True})
    assert [changed.json()[box] for box in boxes] == [True, True]
    # As another run reads it.
    kept = Users(place.backend.storage, SystemRandom(), AccessSettings()).by_id(added["id"])
    assert (kept.newsletter, kept.notifications) == (True, True)
    assert (await owner.patch(f"/users/{added['id']}", json={"newsletter": 1})).status_code == 400
