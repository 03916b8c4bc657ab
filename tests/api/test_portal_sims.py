"""The portal's table of SIMs, its weeks of usage, links that sign in, and users at other doors."""

import asyncio

import httpx
import pytest

from nce_api.operations import OPERATIONS, find
from nce_sim.account.access.permissions import MAY, Role
from nce_sim.api.app import create_app
from nce_sim.api.portal.operations import permission_of
from nce_sim.api.settings import ApiSettings
from nce_sim.control.http import AsyncControl
from support.api import in_world
from support.portal import PORTAL, ROLES, neighbour_of, user_of


async def table(client, **asked):
    answer = await client.get("/sims", params=asked)
    assert answer.status_code == 200, answer.text
    return [row["iccid"] for row in answer.json()], int(answer.headers["X-Total-Count"])


def named(place, count):
    """Some SIMs; labels fleet-0, fleet-1, …, the odd ones disabled."""
    sims = [place.world.add_sim() for _ in range(count)]
    for number, sim in enumerate(sims):
        place.world.account.set_label(sim, f"Fleet-{number}")
        place.world.set_sim_enabled(sim, number % 2 == 0)
    return [sim.iccid for sim in sims]


@in_world
async def test_the_table_is_searched_filtered_sorted_and_cut_by_the_server(place):
    iccids = sorted(named(place, 12))
    client = await user_of(place, "Read Only")
    whole, total = await table(client, pageSize=5, page=3)
    assert (whole, total) == (iccids[10:], 12)
    by_label, total = await table(client, sort="-label", pageSize=100)
    assert total == 12
    assert by_label[0] == iccids[9]  # Fleet-9 is after Fleet-11
    assert await table(client, text="fleet-1") == ([iccids[1], iccids[10], iccids[11]], 3)
    assert await table(client, text="fleet-1", state="DISABLED") == ([iccids[1], iccids[11]], 2)
    assert await table(client, text="fleet-1", field="iccid") == ([], 0)
    assert await table(client, text=iccids[4][-4:], field="iccid") == ([iccids[4]], 1)
    assert (await table(client, session="ONLINE"))[1] == 0
    assert (await table(client, data="SUFFICIENT", imei_lock=False))[1] == 12
    for wrong in ({"sort": "colour"}, {"state": "BLUE"}, {"pageSize": 101}, {"field": "pin"}):
        assert (await client.get("/sims", params=wrong)).status_code == 400, wrong


@in_world
async def test_a_neighbour_sees_none_of_them(place):
    [iccid] = named(place, 1)
    other = await user_of(place, "Owner", organisation_id=await neighbour_of(place))
    assert await table(other) == ([], 0)
    assert await table(other, text=iccid) == ([], 0)
    at_the_other_door = await other.get(f"/management-api/v2/sims/{iccid}")
    assert at_the_other_door.status_code == 404


@in_world
async def test_the_world_is_steered_by_users_of_its_account_whose_role_permits_it(place):
    place.app = create_app(place.backend, control_token="the token of control")
    neighbour = await neighbour_of(place)
    for role, organisation_id, status in (
        ("User", None, 200),
        ("Read Only", None, 403),
        ("Owner", neighbour, 403),
        ("API", None, 403),
    ):
        client = await user_of(place, role, organisation_id=organisation_id)
        client.base_url = "http://localhost/_sim"
        assert (await client.get("/verbs")).status_code == status, role
    api = place.http("http://localhost/_sim")
    api.headers["Authorization"] = place.client.headers["Authorization"]
    assert (await api.get("/verbs")).status_code == 401


@in_world
async def test_the_journal_waits_for_the_next_record_of_the_kinds_that_are_asked_for(place):
    place.app = create_app(place.backend, control_token="the token")
    transport = httpx.ASGITransport(place.app)
    clock, timeline = place.world.clock, place.world.timeline
    async with AsyncControl("http://localhost/_sim", "the token", transport=transport) as control:
        newest = await control.journal(newest=True, limit=1)
        assert len(newest.items) == 1
        clock.call_later(3_000, lambda: timeline.add("test", "other"))
        clock.call_later(5_000, lambda: timeline.add("test", "wanted", text="<b>"))
        before_ms = clock.now_ms()
        page = await control.journal("wanted,more", after=newest.next, wait_ms=20_000)
        assert [record.fields["text"] for record in page.items] == ["<b>"]
        assert clock.now_ms() - before_ms == 5_000
        page = await control.journal("wanted", after=page.next, wait_ms=20_000)
        assert page.items == ()
        assert clock.now_ms() - before_ms == 25_000


@in_world
async def test_the_weeks_of_usage_end_with_this_one(place):
    client = await user_of(place, "Owner")
    weeks = (await client.get("/dashboard/usage")).json()
    assert len(weeks) == 8
    assert [week["data"] for week in weeks] == [0] * 8
    assert weeks == sorted(weeks, key=lambda week: week["week"])


@in_world
async def test_a_link_signs_its_user_in_once(place):
    await user_of(place, "Owner")
    access, now_ms = place.backend.access, place.backend.wall_ms()
    code = access.owner_link(place.organisation_id, now_ms)
    client = place.http(PORTAL)
    first = await client.post("/session/link", json={"code": code})
    assert first.status_code == 201
    assert (await client.post("/session/link", json={"code": code})).status_code == 401
    client.headers["Authorization"] = f"Bearer {first.json()['access_token']}"
    assert (await client.get("/session")).json()["role"] == "Owner"
    late = access.owner_link(place.organisation_id, now_ms)
    place.world.advance(access.settings.link_lifetime_ms)
    assert (await client.post("/session/link", json={"code": late})).status_code == 401


@in_world(settings=ApiSettings())
async def test_codes_of_links_are_guessed_no_faster_than_passwords(place):
    client = place.http(PORTAL)
    statuses = [
        (await client.post("/session/link", json={"code": f"guess{number}"})).status_code
        for number in range(11)
    ]
    assert statuses == [401] * 10 + [429]


@in_world
async def test_each_sign_in_is_another_session_and_all_end_together(place):
    first = await user_of(place, "Owner", email="ada@example.com")
    second = place.http(PORTAL)
    body = {"email": "ada@example.com", "password": "a long password"}
    token = (await second.post("/session", json=body)).json()["access_token"]
    assert f"Bearer {token}" != first.headers["Authorization"]
    second.headers["Authorization"] = f"Bearer {token}"
    assert (await second.delete("/session")).status_code == 204
    assert (await first.get("/session")).status_code == 401


# A role at the Management API behind the portal, by operation; the neighbour's are in no answer.
AT_THE_DOOR = (
    ("sims_v2.list", "OAUR3"),
    ("sims_v2.update", "OAU--"),
    ("sims_v2.reset", "OAU-3"),
    ("sims_v2.send_sms", "OAU-3"),
    ("sims_v2.top_up", "OA---"),
    ("sims_v2.set_auto_top_up", "OA---"),
    ("sims.set_limits", "OAU-3"),
    ("sims.transfer", "OA---"),
    ("orders.list", "OAUR-"),
    ("orders.create", "OA---"),
    ("support.create", "OAU--"),
    ("inspector.list", "OAUR3"),
    ("devices.send_coap", "OAU-3"),
    ("templates.create", "OAU-3"),
    ("settings.accept", "OA---"),
)


@pytest.mark.parametrize("letter", list(ROLES))
def test_a_role_may_call_what_its_row_says(letter):
    @in_world
    async def scene(place):
        client = await user_of(place, ROLES[letter])
        for name, letters in AT_THE_DOOR:
            operation = find(name)
            path = operation.path.replace("{iccid}", "1").replace("{deviceId}", "1")
            answer = await client.request(operation.method, f"/management-api{path}", json={})
            is_refused = answer.status_code == 403 and "has no permission" in answer.text
            assert is_refused == (letter not in letters), (name, answer.text)
        assert (await client.get("/management-api/v1/nowhere")).status_code == 404
        assert (await client.post("/management-api/oauth/token")).status_code == 404

    scene()


def test_every_operation_of_the_management_api_has_a_permission():
    for operation in OPERATIONS:
        if operation.name != "token.get":
            permission = permission_of(operation)
            assert MAY[Role.OWNER, permission], operation.name
            reads = operation.method == "GET"
            assert reads or not MAY[Role.READ_ONLY, permission], operation.name


@in_world
async def test_a_top_up_is_a_step_of_its_own_sims_quota(place):
    sim = place.world.add_sim()
    client = await user_of(place, "Read Only")
    neighbour = await user_of(place, "Owner", await neighbour_of(place))
    assert (await client.get(f"/sims/{sim.iccid}/quota-steps")).json() == []
    ordered = await place.post(f"/v1/sims/{sim.iccid}/topup?payment_method=creditcard")
    assert ordered.is_success, ordered.text
    await asyncio.sleep(10 * 86_400)
    [step] = (await client.get(f"/sims/{sim.iccid}/quota-steps")).json()
    assert (step["data_added"], step["data_left"]) == (500, 1000)
    assert (await neighbour.get(f"/sims/{sim.iccid}/quota-steps")).status_code == 404
