"""`/_sim`: its token, its verbs, the journal and the metrics."""

import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from nce_sim.account.support.service import NewRequest
from nce_sim.api.app import create_app
from nce_sim.record.sequence import CLOUD, CUSTOMER
from nce_sim.services.locator.towers import CellId
from support.api import ANY_RATE, in_world
from support.portal import PORTAL, user_of

KEY = "the-token-of-this-start"


def door(place, token=KEY):
    app = create_app(place.backend, ANY_RATE, control_token=KEY)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost/_sim", headers=headers
    )


@in_world
async def test_only_its_own_token_opens_it(place):
    customers = place.client.headers["Authorization"].split()[1]
    for token in (None, "wrong", customers, KEY + "x", "é"):
        client = door(place, None)
        headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
        for method, path in (("POST", "/verbs/disable"), ("GET", "/journal"), ("GET", "/metrics")):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == 401, (token, path)
    assert (await door(place, None).get("/ready")).json() == {"ready": True}
    assert (await place.as_nobody.get("http://localhost/_sim/journal")).status_code == 404


@in_world
async def test_a_verb_acts_at_once_and_is_on_the_timeline(place):
    sim = place.world.add_sim()
    answer = await door(place).post("/verbs/exhaust", json={"sim": "1"})
    assert answer.status_code == 200
    assert answer.json()["data_bytes_left"] == 0
    assert place.world.account.subscription(sim).data.remaining == 0
    topped = await door(place).post("/verbs/top-up", json={"sim": sim.iccid})
    assert topped.json()["data_bytes_left"] == 500_000_000
    assert (await door(place).post("/verbs/expire", json={"sim": "1"})).json()["is_expired"]
    verbs = [one.fields["verb"] for one in place.world.timeline.records(kind="control")]
    assert verbs == ["exhaust", "top-up", "expire"]


@in_world
async def test_a_sim_is_put_on_the_other_platform(place):
    sim = place.world.add_sim()
    answer = await door(place).post("/verbs/platform", json={"sim": "1", "platform": "2.0"})
    assert answer.json()["platform"] == "2.0"
    assert (await place.get(f"/v1/sims/{sim.iccid}")).status_code == 404
    assert (await place.get(f"/v2/sims/{sim.iccid}")).status_code == 200
    place.world.account.count_data(sim, 1)
    again = await door(place).post("/verbs/platform", json={"sim": "1", "platform": "1.0"})
    assert (again.status_code, "has used data" in again.json()["message"]) == (409, True)


WRONG = (
    ("nothing", {}, 404, "there is no verb 'nothing'"),
    ("exhaust", {}, 400, "sim is missing"),
    ("exhaust", {"sim": "1", "more": 1}, 400, "unknown parameter 'more'"),
    ("exhaust", {"sim": "7"}, 409, "there is no SIM 7"),
    ("lock", {"sim": "1", "imei": "x"}, 409, "'x' is no IMEI"),
    ("time", {"advance_s": 1}, 409, "not steered from outside"),
    ("time", {"speed": 1e9}, 400, "speed is 1000000000.0"),
)


@pytest.mark.parametrize("row", WRONG, ids=lambda row: f"{row[0]} {row[3]}")
@in_world
async def test_what_it_refuses_it_explains(place, row):
    verb, arguments, status, text = row
    place.world.add_sim()
    answer = await door(place).post(f"/verbs/{verb}", json=arguments)
    assert answer.status_code == status
    assert text in answer.json()["message"]


@in_world
async def test_the_journal_is_paged_and_misses_nothing(place):
    client = door(place)
    for _ in range(5):
        await place.get("/v1/nothing")
    seen, after = [], 0
    while True:
        page = (
            await client.get("/journal", params={"kind": "request", "after": after, "limit": 2})
        ).json()
        if not page["items"]:
            break
        seen += [item for item in page["items"] if "/v1/nothing" in item["fields"]["path"]]
        after = page["next"]
        if len(seen) >= 5:
            break
    assert [item["fields"]["status"] for item in seen] == [404] * 5
    numbers = [item["number"] for item in seen]
    assert numbers == sorted(set(numbers))


@in_world
async def test_prometheus_reads_the_metrics(place):
    place.world.add_sim()
    text = (await door(place).get("/metrics")).text
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert found["nce_sims"].samples[0].value == 1
    assert found["nce_messages"].type == "counter"
    assert found["nce_messages"].samples[0].value == 0


@in_world
async def test_every_verb_is_listed(place):
    listed = (await door(place).get("/verbs")).json()
    assert {"verb": "time", "parameters": ["advance_s", "speed"]}.items() <= next(
        row for row in listed if row["verb"] == "time"
    ).items()


GSM = "GSM,262,1,{area},{cell},0,13.28,52.52,1000,7,1,1282569574,1300155341,0\n"


@in_world
async def test_cell_towers_are_imported_and_locate_devices(place, tmp_path):
    cell, file = place.world.operator.cells[0], tmp_path / "262.csv"
    line = GSM.format(area=cell.tac, cell=cell.ci)
    file.write_text(line + line.replace(",262,", ",263,"))
    client, locator = door(place), place.backend.locator
    answer = await client.post("/verbs/towers", json={"file": str(file)})
    assert answer.json() == {"towers": 2, "all_towers": 2}
    found = locator.towers.find(CellId(262, 1, cell.tac, cell.ci))
    assert (found.longitude, found.latitude, found.range_m) == (13.28, 52.52, 1_000)
    for content, reason in (
        ("GSM,262\n", "line 2: 2 columns"),
        (line.replace("13.28", "east"), "line 2: lon is 'east', not degrees"),
    ):
        file.write_text(line.replace(",262,", ",264,") + content)
        answer = await client.post("/verbs/towers", json={"file": str(file)})
        assert answer.status_code == 409
        assert reason in answer.text
    for path in ("262.csv", str(tmp_path), str(tmp_path / "none.csv")):
        answer = await client.post("/verbs/towers", json={"file": path})
        assert (answer.status_code, "is no file" in answer.text) == (409, True), path
    assert locator.towers.count() == 2


async def told(place, verb, **arguments):
    answer = await door(place).post(f"/verbs/{verb}", json=arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


@in_world
async def test_the_management_api_refuses_as_often_as_it_is_told(place):
    await told(place, "trouble", endpoint="api", kind="error", count=2)
    statuses = [(await place.get("/v1/products")).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    await told(place, "trouble", endpoint="api", kind="error", count=1, status="429")
    # A request that the door refuses meets no trouble, and takes none away.
    assert (await place.as_nobody.get("/v1/products")).status_code == 401
    assert (await place.get("/v1/products")).status_code == 429


@in_world
async def test_the_management_api_is_down_and_its_control_is_not(place):
    number = (await told(place, "trouble", endpoint="api", kind="down"))["number"]
    for _ in range(3):
        assert (await place.get("/v1/products")).status_code == 503
    assert (await place.token(place.client_id, place.secret)).status_code == 503
    assert (await told(place, "troubles"))["troubles"][0]["met"] == 4
    await told(place, "end-trouble", number=number)
    assert (await place.get("/v1/products")).status_code == 200


@in_world
async def test_the_management_api_is_slow_or_silent(place):
    async def asked():
        before_ms = place.world.clock.now_ms()
        status = (await place.get("/v1/products")).status_code
        return status, place.world.clock.now_ms() - before_ms

    await told(place, "trouble", endpoint="api", kind="slow", delay_ms=7_000, count=1)
    assert await asked() == (200, 7_000)
    await told(place, "trouble", endpoint="api", kind="silence", count=1)
    assert await asked() == (504, 120_000)  # as a gateway that has waited long enough
    assert await asked() == (200, 0)


@in_world
async def test_trouble_that_cannot_be_is_refused(place):
    answer = await door(place).post("/verbs/trouble", json={"endpoint": "udp", "kind": "error"})
    assert (answer.status_code, "udp answers nothing" in answer.text) == (409, True)
    answer = await door(place).post("/verbs/rotate-key", json={"sim": "1"})
    assert (answer.status_code, "there is no SIM 1" in answer.text) == (409, True)
    place.world.add_sim()
    answer = await door(place).post("/verbs/rotate-key", json={"sim": "1"})
    assert (answer.status_code, "has no key yet" in answer.text) == (409, True)


@in_world
async def test_a_support_request_is_answered_and_closed(place):
    backend, new = place.backend, NewRequest("No attach", "Since noon")
    case = await backend.write(
        lambda work: backend.support.create(place.organisation_id, new, work)
    )
    first = {"case": case, "text": "Which SIM?", "stays_open": True}
    assert await told(place, "answer-case", **first) == {"case": case, "is_solved": False}
    await told(place, "answer-case", case=case, text="It was reset.")
    [request], _ = backend.support.page(place.organisation_id, page=1, size=10)
    assert request.status == "CLOSED"
    assert [said.text for said in request.communications] == [
        "Since noon",
        "Which SIM?",
        "It was reset.",
    ]
    again = await door(place).post("/verbs/answer-case", json={"case": case, "text": "?"})
    assert (again.status_code, "is closed" in again.json()["message"]) == (409, True)


@in_world
async def test_another_customer_signs_in_and_sees_nothing_of_the_first(place):
    place.world.add_sim()
    made = await told(place, "open-account", name="Second", email="ada@second.example")
    answer = await place.token(made["client_id"], made["client_secret"])
    theirs = place.http()
    theirs.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    assert (await theirs.get("/v1/sims")).json() == []
    assert made["client_id"].startswith(made["account_number"])
    portal = place.http(PORTAL)
    signed_in = {"email": made["email"], "password": made["password"]}
    assert (await portal.post("/session", json=signed_in)).is_success
    taken = {"name": "Third", "email": "ada@second.example"}
    refused = await door(place).post("/verbs/open-account", json=taken)
    assert (refused.status_code, "in use" in refused.json()["message"]) == (409, True)
    assert len(place.world.timeline.records(kind="control")) == 2
    assert made["client_secret"] not in str(place.world.timeline.records())


@in_world
async def test_a_card_of_two_profiles_switches_and_another_refuses(place):
    sim = place.world.add_sim()
    refused = await door(place).post("/verbs/switch-profile", json={"sim": "1"})
    assert (refused.status_code, "has one profile" in refused.json()["message"]) == (409, True)
    place.world.account.subscription(sim).imsi_2 = "262010000000042"
    before = sim.imsi
    switched = await told(place, "switch-profile", sim="1")
    assert switched == {"sim": sim.masked, "imsi": "262010*****0042"}
    assert (await told(place, "switch-profile", sim="1"))["imsi"].endswith(before[-4:])


@in_world
async def test_a_look_leaves_no_record_unless_it_is_refused(place):
    client, timeline = door(place), place.world.timeline
    before = timeline.count
    for path in ("/journal", "/metrics", "/verbs"):
        assert (await client.get(path)).status_code == 200
    assert (await client.post("/verbs/map", json={})).status_code == 200
    assert timeline.count == before
    assert (await client.get("/journal", params={"limit": 0})).status_code == 400
    assert (await client.post("/verbs/rebind-nat", json={})).status_code == 200
    kinds = [record.kind for record in list(timeline.since(before))]
    assert kinds == ["request", "control", "request"]


@in_world
async def test_what_a_customer_asks_about_a_sim_is_a_step_of_its_device(place):
    sims = [place.world.add_sim() for _ in range(2)]
    for sim in sims:
        place.world.add_modem(sim)
    assert (await place.get(f"/v1/sims/{sims[0].iccid}")).status_code == 200
    assert (await place.get("/v1/sims")).status_code == 200
    steps = []
    for modem in (1, 2):
        answer = await door(place).post("/verbs/exchange", json={"modem": modem})
        steps.append([(one["start"], one["end"], one["text"]) for one in answer.json()["steps"]])
    path = f"/management-api/v1/sims/{sims[0].masked}"
    assert steps == [[(CUSTOMER, CLOUD, f"HTTP GET {path}: 200")], []]


@in_world
async def test_who_waits_at_the_journal_and_is_removed_hears_nothing_more(place):
    owner, admin = await user_of(place, "Owner"), await user_of(place, "Admin")
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    at_journal = door(place, token)
    waits = {"kind": "control", "wait_ms": 20_000}
    [eve] = [user for user in (await owner.get("/users")).json() if user["role"] == "Admin"]
    for method, change in (("PATCH", {"role": "Read Only"}), ("DELETE", None)):
        place.world.timeline.add("control", "control", verb="earlier")
        after = (await door(place).get("/journal", params={"newest": True})).json()["next"]
        waiting = asyncio.ensure_future(
            at_journal.get("/journal", params={**waits, "after": after})
        )
        await asyncio.sleep(1)
        assert not waiting.done()
        await owner.request(method, f"/users/{eve['id']}", json=change)
        place.world.timeline.add("control", "control", verb="secret")
        answer = await waiting
        assert (answer.status_code, "secret" in answer.text) == (401, False)
        await owner.patch(f"/users/{eve['id']}", json={"role": "Admin"})
