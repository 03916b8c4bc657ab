"""SIMs over the Management API, with simulated modems behind them."""

import pytest

from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.api.documented import operations
from nce_sim.link_profile import GSM
from nce_sim.ports.typist import Typist
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.settings import CellSettings
from support.api import BASE, in_world
from support.documents import fits
from support.neighbour import neighbour

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def attached(place, sim=None, family="bg95"):
    """A SIM in a modem that is online."""
    sim = sim or place.world.add_sim()
    typist = Typist(place.world, place.world.add_modem(sim, family))
    typist.attach()
    return sim, typist


async def later(place, duration_ms):
    """Let time pass, and get another token if that took longer than one is valid."""
    place.world.advance(duration_ms)
    await place.sign_in()


async def status_of(place, sim):
    return (await place.get(f"/v1/sims/{sim.iccid}/status")).json()["status"]


async def put(place, sim, **values):
    body = {"iccid": sim.iccid, "status": "Enabled", **values}
    return await place.put(f"/v1/sims/{sim.iccid}", json=body)


# -- the simulated network hears of it --------------------------------------------------------


@in_world
async def test_a_disabled_sim_is_thrown_off_at_once_and_comes_back_when_enabled(place):
    sim, typist = attached(place)
    assert await status_of(place, sim) == "ONLINE"
    answer = await put(place, sim, status="Disabled")
    assert (answer.status_code, answer.content) == (200, b"")
    assert await status_of(place, sim) == "OFFLINE"
    await later(place, HOUR_MS)
    assert await status_of(place, sim) == "OFFLINE"
    assert (await place.get(f"/v2/sims/{sim.iccid}/status")).json()["status"] == {
        "description": "BLOCKED"
    }
    assert (await place.get(f"/v1/sims/{sim.iccid}")).json()["status"] == "Disabled"
    await put(place, sim)
    typist.ask("AT+CFUN=0", wait_ms=5_000)
    typist.ask("AT+CFUN=1", wait_ms=MINUTE_MS)
    assert await status_of(place, sim) == "ONLINE"


@in_world
async def test_an_exhausted_sim_comes_back_with_a_top_up(place):
    sim, _ = attached(place)
    place.world.account.exhaust(sim)
    place.world.advance(MINUTE_MS)
    assert await status_of(place, sim) != "ONLINE"
    quota = (await place.get(f"/v2/sims/{sim.iccid}/quota/data")).json()
    assert quota["status"] == {"id": 0, "description": "EXHAUSTED"}
    record = (await place.get(f"/v1/sims/{sim.iccid}")).json()
    assert record["quota_status"]["id"] == 2
    assert record["quota_status"]["quota_exceeded_date"].startswith("2026-01-01T00:00:")
    answer = await place.post(f"/v1/sims/{sim.iccid}/topup?payment_method=creditcard")
    assert answer.status_code == 201
    assert (await place.get(answer.headers["location"])).json()["order_type"] == "TOPUP"
    await later(place, HOUR_MS)
    assert await status_of(place, sim) == "ONLINE"
    quota = (await place.get(f"/v2/sims/{sim.iccid}/quota/data")).json()
    assert (quota["total_volume"], quota["accumulated_total_volume"]) == (500, 1000)
    assert 499 < quota["volume"] <= 500


@in_world
async def test_a_reset_is_queued_and_makes_the_device_attach_again(place):
    sim, _ = attached(place)
    before = (await place.get(f"/v1/sims/{sim.iccid}/status")).json()["pdp_context"]
    assert (await place.post(f"/v1/sims/{sim.iccid}/reset")).status_code == 201
    assert await status_of(place, sim) == "ONLINE"
    place.world.advance(1_999)
    assert await status_of(place, sim) == "ONLINE"
    place.world.advance(1)
    assert await status_of(place, sim) == "OFFLINE"
    place.world.advance(MINUTE_MS)
    after = (await place.get(f"/v1/sims/{sim.iccid}/status")).json()["pdp_context"]
    assert after["pdp_context_id"] != before["pdp_context_id"]


@in_world
async def test_an_imei_lock_refuses_another_modem(place):
    sim, first = attached(place)
    await put(place, sim, imei_lock=True)
    assert await status_of(place, sim) == "OFFLINE"  # enabling it drops the session
    await later(place, 20 * MINUTE_MS)
    assert await status_of(place, sim) == "ONLINE"
    assert (await place.get(f"/v1/sims/{sim.iccid}")).json()["imei_lock"] is True
    first.ask("AT+QPOWD=1", wait_ms=10_000)
    other = Typist(place.world, place.world.add_modem(sim))
    with pytest.raises(TimeoutError):
        other.attach()
    assert await status_of(place, sim) == "OFFLINE"
    await put(place, sim, imei_lock=False)
    other.ask("AT+CFUN=0", wait_ms=5_000)
    other.ask("AT+CFUN=1", wait_ms=MINUTE_MS)
    assert await status_of(place, sim) == "ONLINE"


@in_world
async def test_an_imei_lock_that_is_on_ends_no_session_again(place):
    sim, _ = attached(place)
    await put(place, sim, imei_lock=True)
    await later(place, 20 * MINUTE_MS)
    await put(place, sim, imei_lock=True, label="a")
    assert await status_of(place, sim) == "ONLINE"
    await put(place, sim, label="b")  # [D] what is left out is false in version 1
    assert (await place.get(f"/v1/sims/{sim.iccid}")).json()["imei_lock"] is False


@in_world
async def test_an_sms_arrives_at_the_modem(place):
    sim, typist = attached(place)
    answer = await place.post(
        f"/v1/sims/{sim.iccid}/sms", json={"source_address": "4917012345", "payload": "Hello €"}
    )
    assert answer.status_code == 201
    path = f"/v1/sims/{sim.iccid}/sms/1"
    assert answer.headers["location"] == BASE + path
    typist.ask("AT+CMGF=1")
    assert any("+CMTI" in line or "+CMT" in line for line in typist.ask("AT", wait_ms=5_000))
    lines = typist.ask('AT+CMGL="ALL"')
    assert any("4917012345" in line for line in lines)
    message = fits("get", "/v1/sims/{iccid}/sms/{id}", await place.get(path))
    assert message["status"] == {"id": 4, "description": "DELIVERED"}
    assert (message["payload"], message["sms_type"]["description"]) == ("Hello €", "MT")


# -- as the documents describe it -------------------------------------------------------------

READ_1 = ("status", "connectivity_info", "events", "usage", "quota/data", "quota/sms", "sms")
READ_2 = ("status", "events", "quota/data", "quota/sms", "sms")


@pytest.mark.parametrize("family", ["bg95", "a7672"])
@in_world
async def test_what_is_read_has_the_documents_shape(place, family):
    sim, _ = attached(place, family=family)
    await place.post(f"/v1/sims/{sim.iccid}/sms", json={"payload": "00ff", "dcs": 4})
    place.world.account.count_data(sim, 450_000_000)
    place.world.advance(MINUTE_MS)
    for version, names in ((1, READ_1), (2, READ_2)):
        begin = f"/v{version}/sims"
        listed = fits("get", begin, await place.get(begin))
        record = fits("get", f"{begin}/{{iccid}}", await place.get(f"{begin}/{sim.iccid}"))
        assert listed == [record]
        for name in names:
            answer = await place.get(f"{begin}/{sim.iccid}/{name}")
            assert answer.status_code == 200, (name, answer.text)
            fits("get", f"{begin}/{{iccid}}/{name}", answer)
    message = await place.get(f"/v2/sims/{sim.iccid}/sms/1")
    fits("get", "/v2/sims/{iccid}/sms/{id}", message)
    idle = place.world.add_sim()
    fits("get", "/v1/sims/{iccid}/status", await place.get(f"/v1/sims/{idle.iccid}/status"))
    fits("get", "/v2/sims/{iccid}/status", await place.get(f"/v2/sims/{idle.iccid}/status"))


@in_world
async def test_on_2g_the_cell_is_told(place):
    world = place.world
    (lte_m,) = world.operator.cells
    lte_m.is_in_coverage = False
    world.operator.add_cell(CellSettings(rat="2G", tac=0x1234, ci=0xBEEF, link=GSM))
    sim, _ = attached(place)
    await later(place, 7 * MINUTE_MS)
    path = f"/v1/sims/{sim.iccid}/connectivity_info"
    info = fits("get", "/v1/sims/{iccid}/connectivity_info", await place.get(path))
    location = info["subscriber_info"]["location"]
    assert location["cell_global_id"] == {"cid": 0xBEEF, "lac": 0x1234, "mcc": "262", "mnc": "01"}
    assert location["age_of_location"] == 7
    assert "ussd_info" not in info
    silent = (await place.get(f"{path}?subscriber=false&ussd=true")).json()
    assert "subscriber_info" not in silent
    assert silent["ussd_info"]["success"] is False
    status = fits(
        "get", "/v2/sims/{iccid}/status", await place.get(f"/v2/sims/{sim.iccid}/status")
    )
    (context,) = status["pdp_contexts"]
    assert context["gtp_v1_uli"]["lac"] == context["lac"] == str(0x1234)
    assert "gtp_v2_uli" not in context
    assert context["rat_type"] == {"rat_type_id": "2", "description": "2G"}


@in_world
async def test_on_other_networks_no_cell_is_told(place):
    sim, _ = attached(place)
    answer = await place.get(f"/v1/sims/{sim.iccid}/connectivity_info")
    info = fits("get", "/v1/sims/{iccid}/connectivity_info", answer)
    assert info["subscriber_info"] == {}


@in_world
async def test_whole_megabytes_are_whole_numbers(place):
    sim = place.world.add_sim()
    text = (await place.get(f"/v1/sims/{sim.iccid}/quota/data")).text
    assert '"total_volume":500,' in text
    assert '"current_quota":500,' in (await place.get(f"/v1/sims/{sim.iccid}")).text


@in_world
async def test_the_list_has_its_pages_in_headers(place):
    for _ in range(12):
        place.world.add_sim()
    answer = await place.get("/v1/sims", params={"page": 3, "pageSize": 5})
    numbers = {name: answer.headers[f"x-{name}"] for name in NUMBERS}
    assert numbers == {
        "count-per-page": "2",
        "current-page": "3",
        "total-count": "12",
        "total-pages": "3",
    }
    every = (await place.get("/v1/sims", params={"pageSize": 100})).json()
    assert answer.json() == every[10:]
    assert [each["iccid"] for each in every] == sorted(each["iccid"] for each in every)
    down = (await place.get("/v2/sims", params={"sort": "-ip_address", "pageSize": 100})).json()
    assert down == every[::-1]
    (found,) = (await place.get("/v2/sims", params={"q": "ip_address:10.160.0.7"})).json()
    assert found["ip_address"] == "10.160.0.7"
    none = await place.get("/v1/sims", params={"q": "ip_address:10.160.0.7,imei:4711"})
    assert (none.json(), none.headers["x-total-pages"]) == ([], "0")


NUMBERS = ("count-per-page", "current-page", "total-count", "total-pages")


WRONG_QUERIES = (
    *("page=0", "pageSize=101", "pageSize=x", "sort=label", "q=imei", "q=label:a", "sort=imei,,"),
)


@in_world
async def test_a_wrong_query_has_the_status_of_its_version(place):
    for query in WRONG_QUERIES:
        assert (await place.get(f"/v1/sims?{query}")).status_code == 422, query
        answer = await place.get(f"/v2/sims?{query}")
        assert (answer.status_code, answer.json()["error_token"]) == (400, "BadRequest"), query


@in_world
async def test_a_page_far_behind_the_end_is_empty(place):
    sim, _ = attached(place)
    far = {"page": 10**30}
    for version in (1, 2):
        assert (await place.get(f"/v{version}/sims", params=far)).json() == []
        assert (await place.get(f"/v{version}/sims/{sim.iccid}/sms", params=far)).json() == []
        events = (await place.get(f"/v{version}/sims/{sim.iccid}/events", params=far)).json()
        assert events in ([], {"events": [], "totalEvents": 3, "totalPages": 1})


# -- changes ----------------------------------------------------------------------------------


@in_world
async def test_a_bulk_update_becomes_true_after_a_while(place):
    first, second = place.world.add_sim(), place.world.add_sim()
    body = [
        {"iccid": first.iccid, "status": "Disabled", "label": "DX-137"},
        {"iccid": second.iccid, "status": "Enabled", "imei_lock": True},
    ]
    answer = await place.post("/v1/sims", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    before = (await place.get("/v1/sims")).json()
    assert [each["status"] for each in before] == ["Enabled", "Enabled"]
    place.world.advance(2_000)
    after = (await place.get("/v1/sims")).json()
    assert [each["status"] for each in after] == ["Disabled", "Enabled"]
    assert [each.get("label") for each in after] == ["DX-137", None]
    assert [each["imei_lock"] for each in after] == [False, True]


@in_world
async def test_a_bulk_update_with_one_unknown_sim_changes_none(place):
    sim = place.world.add_sim()
    body = [{"iccid": each, "status": "Disabled"} for each in (sim.iccid, "8988228066699999999")]
    assert (await place.post("/v1/sims", json=body)).status_code == 404
    place.world.advance(10_000)
    assert sim.is_enabled


WRONG_PUTS = (
    {"status": "Enabled"},
    {"iccid": "8988228066600000001", "status": "Enabled"},
    {"iccid": None, "status": "Enabled"},
    {"status": "Deleted"},
    {"status": "Enabled", "label": "x" * 256},
    {"status": "Enabled", "imei_lock": "yes"},
    {"status": "Enabled", "label": "a\u0000b"},
)


@in_world
async def test_a_wrong_update_changes_nothing(place):
    sim = place.world.add_sim()
    place.world.account.set_enabled(sim, False)
    for body in WRONG_PUTS:
        whole = body if body == {"status": "Enabled"} else {"iccid": sim.iccid} | body
        answer = await place.put(f"/v1/sims/{sim.iccid}", json=whole)
        assert answer.status_code == 422, (body, answer.text)
        assert not sim.is_enabled


@in_world
async def test_an_update_of_version_2_leaves_what_it_does_not_name(place):
    sim = place.world.add_sim()
    await place.put(f"/v2/sims/{sim.iccid}", json={"label": "a", "imei_lock": True})
    await place.put(f"/v2/sims/{sim.iccid}", json={"status": "Disabled"})
    record = (await place.get(f"/v2/sims/{sim.iccid}")).json()
    assert (record["label"], record["imei_lock"], record["status"]) == ("a", True, "Disabled")
    other = place.world.add_sim()
    wrong = await place.put(f"/v2/sims/{sim.iccid}", json={"iccid": other.iccid, "label": "b"})
    assert (wrong.status_code, wrong.json()["error_token"]) == (400, "BadRequest")
    assert (await place.put(f"/v2/sims/{sim.iccid}")).status_code == 200  # nothing is named
    assert (await place.get(f"/v2/sims/{sim.iccid}")).json() == record
    await place.put(f"/v2/sims/{sim.iccid}", json={"label": ""})
    assert "label" not in (await place.get(f"/v2/sims/{sim.iccid}")).json()


@in_world
async def test_an_expired_sim_can_only_be_extended(place):
    sim = place.world.add_sim()
    await later(place, 3_653 * DAY_MS)
    one, two = f"/v1/sims/{sim.iccid}", f"/v2/sims/{sim.iccid}"
    body = {"iccid": sim.iccid, "status": "Disabled"}
    for answer in (
        await place.put(one, json=body),
        await place.post("/v1/sims", json=[body]),
        await place.post(f"{one}/reset"),
        await place.post(f"{one}/topup"),
        await place.post(f"{one}/sms", json={"payload": "a"}),
        await place.post("/v1/sims/autoTopup", json={"enabled": True, "iccids": [sim.iccid]}),
    ):
        assert answer.status_code == 422
        assert answer.json()["message"].endswith(sim.iccid)
        assert answer.json()["message"].startswith("The following SIMs are expired")
    for answer in (
        await place.put(two, json=body),
        await place.post(f"{two}/reset"),
        await place.post(f"{two}/sms", json={"payload": "a"}),
    ):
        assert (answer.status_code, answer.json()["error_token"]) == (409, "Conflict")
    assert (await place.get(f"{two}/quota/sms")).json()["status"]["description"] == "EXPIRED"
    extension = await place.post("/v1/sims/extension", json={"iccids": [sim.iccid]})
    assert extension.status_code == 201
    assert (await place.put(one, json=body)).status_code == 200


@in_world
async def test_an_order_that_is_refused_has_a_message_alone(place):
    empty = await place.post("/v1/sims/topup", json=[])
    assert empty.status_code == 400
    assert list(empty.json()) == ["message"]
    assert fits("post", "/v1/sims/topup", empty)["message"].startswith("0 SIMs")
    for version in (1, 2):
        answer = await place.post(f"/v{version}/sims/extension", json={"iccids": []})
        assert (answer.status_code, list(answer.json())) == (400, ["message"])
    wrong = await place.post("/v1/sims/extension", json={"iccids": "all"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["message"])


# -- two platforms in one account -------------------------------------------------------------


@in_world
async def test_version_1_knows_no_sim_of_platform_2(place):
    old, new = place.world.add_sim(), place.world.add_sim()
    assert len((await place.get("/v1/sims")).json()) == 2
    place.world.account.set_platform(new, "2.0")
    listed = (await place.get("/v1/sims")).json()
    assert [each["iccid"] for each in listed] == [old.iccid]
    both = (await place.get("/v2/sims")).json()
    assert [each["iccid"] for each in both] == [old.iccid, new.iccid]
    for name in ("", "/status", "/events", "/quota/data", "/sms"):
        answer = await place.get(f"/v1/sims/{new.iccid}{name}")
        assert answer.status_code == 404
        assert "/v2/sims" in answer.json()["message"]
        assert (await place.get(f"/v2/sims/{new.iccid}{name}")).status_code == 200
        assert (await place.get(f"/v2/sims/{old.iccid}{name}")).status_code == 200


@in_world
async def test_events_of_platform_2_have_its_types_and_texts(place):
    sim, _ = attached(place)
    place.world.account.subscription(sim).platform = "2.0"
    events = (await place.get(f"/v2/sims/{sim.iccid}/events")).json()
    texts = {event["event_type"]["id"]: event["description"] for event in events}
    assert " IMSI = '" in texts[1]
    assert not texts[1].endswith(".")
    numbers = [event["id"] for event in events]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 3
    context = events[0]["detail"]["pdp_context"]
    status = (await place.get(f"/v2/sims/{sim.iccid}/status")).json()
    (shown,) = status["pdp_contexts"]
    assert context["ipcan_session_id"] == shown["ipcan_session_id"]
    tac, cell = int(shown["gtp_v2_uli"]["tac"]), int(shown["gtp_v2_uli"]["eci"])
    assert (context["gtp_v2_uli"]["tac"], context["gtp_v2_uli"]["eci"]) == (tac, cell)
    fits("get", "/v2/sims/{iccid}/events", await place.get(f"/v2/sims/{sim.iccid}/events"))


# -- somebody else's ---------------------------------------------------------------------------

OF_A_SIM = (
    ("get", "/v1/sims/{}", None),
    ("put", "/v1/sims/{}", {"status": "Disabled"}),
    ("get", "/v1/sims/{}/status", None),
    ("get", "/v1/sims/{}/connectivity_info", None),
    ("post", "/v1/sims/{}/reset", None),
    ("get", "/v1/sims/{}/events", None),
    ("get", "/v1/sims/{}/usage", None),
    ("get", "/v1/sims/{}/quota/data", None),
    ("get", "/v1/sims/{}/quota/sms", None),
    ("get", "/v1/sims/{}/sms", None),
    ("post", "/v1/sims/{}/sms", {"payload": "a"}),
    ("get", "/v1/sims/{}/sms/1", None),
    ("delete", "/v1/sims/{}/sms/1", None),
    ("post", "/v1/sims/{}/topup", None),
    ("post", "/v1/sims", [{"status": "Disabled"}]),
    ("post", "/v1/sims/topup", []),
    ("post", "/v1/sims/autoTopup", {"enabled": True}),
    ("post", "/v1/sims/extension", {}),
    ("post", "/v1/sims/simTransfer", {"target_organisation": 8_000_002}),
    ("get", "/v2/sims/{}", None),
    ("put", "/v2/sims/{}", {"status": "Disabled"}),
    ("get", "/v2/sims/{}/status", None),
    ("post", "/v2/sims/{}/reset", None),
    ("get", "/v2/sims/{}/events", None),
    ("get", "/v2/sims/{}/usage", None),
    ("get", "/v2/sims/{}/quota/data", None),
    ("get", "/v2/sims/{}/quota/sms", None),
    ("get", "/v2/sims/{}/sms", None),
    ("post", "/v2/sims/{}/sms", {"payload": "a"}),
    ("get", "/v2/sims/{}/sms/1", None),
    ("delete", "/v2/sims/{}/sms/1", None),
    ("post", "/v2/sims/{}/topup", None),
    ("post", "/v2/sims/autoTopup", {"enabled": True}),
    ("post", "/v2/sims/extension", {}),
)


def naming(body, path, iccid):
    """The body with the SIM in it, where the path has none."""
    if isinstance(body, list):
        return [each | {"iccid": iccid} for each in body] or [iccid]
    if isinstance(body, dict) and "{}" not in path:
        return body | {"iccids": [iccid]}
    if isinstance(body, dict) and "status" in body:
        return body | {"iccid": iccid}
    return body


@in_world
async def test_a_sim_of_another_account_does_not_exist(place):
    mine, theirs = place.world.add_sim(), (await neighbour(place)).sim
    place.world.sms.send_mt(theirs, "secret")
    records = len(place.world.timeline.records(kind="sms"))
    for method, path, body in OF_A_SIM:
        answer = await place.client.request(
            method, path.format(theirs.iccid), json=naming(body, path, theirs.iccid)
        )
        unknown = await place.client.request(
            method,
            path.format("8988228066600000000"),
            json=naming(body, path, "8988228066600000000"),
        )
        assert answer.status_code == unknown.status_code == 404, (path, answer.text)
        assert answer.text.replace(theirs.iccid, "…") == unknown.text.replace(
            "8988228066600000000", "…"
        )
    place.world.advance(10_000)
    assert theirs.is_enabled
    assert len(place.world.timeline.records(kind="sms")) == records
    for version in (1, 2):
        listed = (await place.get(f"/v{version}/sims")).json()
        assert [each["iccid"] for each in listed] == [mine.iccid]
    await place.post("/v1/sims/limits", json={"dataLimitId": 1})
    assert place.world.account.data_limit(mine) == 1_000_000
    assert place.world.account.data_limit(theirs) is None


# -- sub-accounts -----------------------------------------------------------------------------


async def sub_account(place):
    """The number of a new sub-account."""
    new = NewOrganisation("Branch", "branch@example.com", "DE")
    backend = place.backend
    made = await backend.write(
        lambda work: backend.organisations.create(
            place.organisation_id, new, backend.wall_ms(), work
        )
    )
    return made.organisation_id


@in_world
async def test_a_transfer_takes_sims_to_the_sub_account_and_its_limits(place):
    sims = [place.world.add_sim() for _ in range(4)]
    await place.post("/v1/sims/limits", json={"smsMtLimitId": 1})
    branch = await sub_account(place)
    await place.backend.write(
        lambda work: place.backend.sims.limits.set(branch, {"data": 2}, work)
    )
    body = {
        "target_organisation": branch,
        "iccids": [sims[0].iccid],
        "iccid_ranges": [{"from": sims[2].iccid, "to": sims[3].iccid}],
    }
    answer = await place.post("/v1/sims/simTransfer", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    listed = (await place.get("/v1/sims")).json()
    assert [each["iccid"] for each in listed] == [sims[1].iccid]
    assert place.backend.sims.iccids(branch) == [sims[0].iccid, sims[2].iccid, sims[3].iccid]
    assert (await place.get(f"/v1/sims/{sims[0].iccid}")).status_code == 404
    volumes = place.world.account.subscription(sims[0]).limits
    assert (volumes["data"].volume, volumes["sms_mt"].volume) == (3_000_000, None)
    again = await place.post("/v1/sims/simTransfer", json={**body, "iccids": []})
    fits("post", "/v1/sims/simTransfer", again)
    assert (again.status_code, "already" in again.text) == (422, True)
    for half in ({"from": sims[1].iccid}, {"to": sims[1].iccid}):
        wrong = {"target_organisation": branch, "iccid_ranges": [half]}
        assert (await place.post("/v1/sims/simTransfer", json=wrong)).status_code == 422


# -- limits -----------------------------------------------------------------------------------


@in_world
async def test_limits_hold_for_all_sims(place):
    sims = [place.world.add_sim() for _ in range(3)]
    path = "/v1/sims/{service}/limits"
    shown = fits("get", path, await place.get("/v1/sims/smsMO/limits"))
    by_limit = {option["limit"]: option["id"] for option in shown["options"]}
    assert "No Limit" in by_limit
    answer = await place.post("/v1/sims/limits", json={"smsMoLimitId": by_limit["25"]})
    assert (answer.status_code, answer.content) == (201, b"")
    limits = fits("get", "/v1/sims/limits", await place.get("/v1/sims/limits"))
    assert limits["smsMo"] == {"id": by_limit["25"], "limit": "25", "unit": "SMS"}
    assert limits["data"]["limit"] == limits["smsMt"]["limit"] == "No Limit"
    for sim in sims:
        volumes = place.world.account.subscription(sim).limits
        assert (volumes["sms_mo"].volume, volumes["sms_mt"].volume) == (25, None)
    await place.post("/v1/sims/limits", json={"smsMoLimitId": by_limit["No Limit"]})
    assert place.world.account.subscription(sims[0]).limits["sms_mo"].volume is None
    assert (await place.post("/v1/sims/limits", json={"dataLimitId": 99})).status_code == 404
    assert (await place.get("/v1/sims/voice/limits")).status_code == 422


@in_world
async def test_a_message_over_the_limit_is_refused_with_the_documented_text(place):
    sim = place.world.add_sim()
    place.world.account.set_limit(sim, "sms_mt", 1)
    assert (await place.post(f"/v2/sims/{sim.iccid}/sms", json={"payload": "a"})).is_success
    for version, status in ((1, 422), (2, 409)):
        answer = await place.post(f"/v{version}/sims/{sim.iccid}/sms", json={"payload": "a"})
        assert answer.status_code == status
        assert answer.json()["message"] == "Traffic limit of 1 SMS per month exceeded"


# -- messages ---------------------------------------------------------------------------------


@in_world
async def test_a_message_that_waits_can_be_cancelled_once(place):
    sim = place.world.add_sim()
    for version, gone in ((1, b""), (2, b'{"id":"2"}')):
        begin = f"/v{version}/sims/{sim.iccid}/sms"
        sent = await place.post(begin, json={"payload": "a"})
        assert sent.status_code == 201
        path = f"{begin}/{version}"
        pending = (await place.get(path)).json()["status"]["description"]
        assert pending == ("BUFFERED" if version == 1 else "PENDING")
        answer = await place.delete(path)
        assert (answer.status_code, answer.content) == (200, gone)
        assert (await place.get(path)).json()["status"] == {"id": 5, "description": "FAILED"}
        assert (await place.delete(path)).status_code == (422 if version == 1 else 400)
        assert (await place.get(f"{begin}/77")).status_code == 404


@in_world
async def test_messages_are_listed_newest_first_and_for_seven_days(place):
    sim = place.world.add_sim()
    for number in range(5):
        await place.post(f"/v1/sims/{sim.iccid}/sms", json={"payload": str(number)})
        await later(place, MINUTE_MS)
    begin = f"/v1/sims/{sim.iccid}/sms"
    listed = (await place.get(f"{begin}?pageSize=2&page=2")).json()
    assert [message["payload"] for message in listed] == ["2", "1"]
    upward = (await place.get(f"{begin}?sort=id")).json()
    assert [message["payload"] for message in upward] == list("01234")
    two = (await place.get(f"/v2/sims/{sim.iccid}/sms?per_page=2")).json()
    assert [message["payload"] for message in two] == ["4", "3"]
    assert (await place.get(f"{begin}?sort=colour")).status_code == 422
    await later(place, 7 * DAY_MS)
    assert (await place.get(begin)).json() == []


@in_world
async def test_a_message_of_a_sim_tells_when_its_forwarding_is_tried_again(place):
    sim, typist = attached(place)
    typist.ask("AT+CMGF=1")
    typist.ask('AT+CMGS="+4917012345"')
    typist.type(b"Hello\x1a", wait_ms=MINUTE_MS)
    (message,) = (await place.get(f"/v1/sims/{sim.iccid}/sms")).json()
    assert (message["payload"], message["sms_type"]) == ("Hello", {"id": 2, "description": "MO"})
    assert message["expiry_date"].startswith("2026-01-02T00:")  # [F] after 24 h
    (again,) = (await place.get(f"/v2/sims/{sim.iccid}/sms")).json()
    assert again["retry_date"] == message["retry_date"] > message["submit_date"]
    fits("get", "/v2/sims/{iccid}/sms", await place.get(f"/v2/sims/{sim.iccid}/sms"))
    assert message["retry_count"] == str(again["retry_count"])


WRONG_MESSAGES = (
    {},
    {"payload": "a" * 161},
    {"payload": "日"},
    {"payload": "xyz", "dcs": 4},
    {"payload": "a", "dcs": 1},
    {"payload": "a", "source_address_type": {"id": 129}},
    {"payload": "a", "source_address": "a name of twelve", "source_address_type": {"id": 208}},
    {"payload": "a", "udh": "0500"},
    {"payload": "a", "udh": "0x"},
    {"payload": "a", "expiry_date": "tomorrow"},
    {"payload": "a", "expiry_date": "2025-12-31T23:59:59Z"},
    {"payload": "a", "expiry_date": "9999-12-31T23:59:59-12:00"},
    {"payload": "a", "source_address": "c\u0000"},
)


@in_world
async def test_a_wrong_message_is_not_sent(place):
    sim = place.world.add_sim()
    for body in WRONG_MESSAGES:
        answer = await place.post(f"/v1/sims/{sim.iccid}/sms", json=body)
        assert answer.status_code == 422, body
        answer = await place.post(f"/v2/sims/{sim.iccid}/sms", json=body)
        assert (answer.status_code, answer.json()["error_token"]) == (400, "BadRequest"), body
    assert place.world.sms.messages(sim) == []


@in_world
async def test_a_message_expires_when_it_says(place):
    sim = place.world.add_sim()
    body = {"payload": "a", "expiry_date": "2026-01-01T01:00:00Z"}
    await place.post(f"/v2/sims/{sim.iccid}/sms", json=body)
    await later(place, HOUR_MS - 1)
    message = (await place.get(f"/v2/sims/{sim.iccid}/sms/1")).json()
    assert (message["status"]["id"], message["expiry_date"]) == (2, "2026-01-01T01:00:00.000Z")
    await later(place, 1)
    assert (await place.get(f"/v2/sims/{sim.iccid}/sms/1")).json()["status"]["id"] == 6


# -- all operations ---------------------------------------------------------------------------

UPDATE = {"status": "Enabled", "label": "a"}
NEW_SMS = {
    "payload": "0041",
    "dcs": 8,
    "source_address": "1NCE",
    "source_address_type": {"id": 208},
}
SUCCESSES = {
    ("get", "/v1/sims"): None,
    ("post", "/v1/sims"): [UPDATE],
    ("get", "/v1/sims/{iccid}"): None,
    ("put", "/v1/sims/{iccid}"): UPDATE,
    ("get", "/v1/sims/{iccid}/status"): None,
    ("post", "/v1/sims/simTransfer"): {"target_organisation": 0},
    ("get", "/v1/sims/{iccid}/connectivity_info"): None,
    ("post", "/v1/sims/{iccid}/reset"): None,
    ("get", "/v1/sims/{iccid}/events"): None,
    ("get", "/v1/sims/{iccid}/usage"): None,
    ("get", "/v1/sims/{iccid}/quota/data"): None,
    ("get", "/v1/sims/{iccid}/quota/sms"): None,
    ("get", "/v1/sims/{iccid}/sms"): None,
    ("post", "/v1/sims/{iccid}/sms"): NEW_SMS,
    ("get", "/v1/sims/{iccid}/sms/{id}"): None,
    ("delete", "/v1/sims/{iccid}/sms/{id}"): None,
    ("post", "/v1/sims/{iccid}/topup"): None,
    ("post", "/v1/sims/topup"): [],
    ("post", "/v1/sims/autoTopup"): {"enabled": True},
    ("get", "/v1/sims/limits"): None,
    ("post", "/v1/sims/limits"): {"dataLimitId": 1},
    ("get", "/v1/sims/{service}/limits"): None,
    ("post", "/v1/sims/extension"): {},
    ("get", "/v2/sims"): None,
    ("get", "/v2/sims/{iccid}"): None,
    ("put", "/v2/sims/{iccid}"): UPDATE,
    ("post", "/v2/sims/{iccid}/reset"): None,
    ("get", "/v2/sims/{iccid}/quota/data"): None,
    ("get", "/v2/sims/{iccid}/quota/sms"): None,
    ("get", "/v2/sims/{iccid}/status"): None,
    ("post", "/v2/sims/{iccid}/sms"): NEW_SMS,
    ("get", "/v2/sims/{iccid}/sms"): None,
    ("get", "/v2/sims/{iccid}/sms/{id}"): None,
    ("delete", "/v2/sims/{iccid}/sms/{id}"): None,
    ("get", "/v2/sims/{iccid}/events"): None,
    ("post", "/v2/sims/{iccid}/topup"): None,
}
IN_NO_DOCUMENT = {
    ("get", "/v2/sims/{iccid}/usage"): None,
    ("post", "/v2/sims/autoTopup"): {"enabled": True},
    ("post", "/v2/sims/extension"): {},
}


@in_world
async def test_every_operation_reaches_its_success(place):
    assert set(SUCCESSES) == {key for key in operations() if "/sims" in key[1]}
    branch = await sub_account(place)
    for (method, path), body in {**SUCCESSES, **IN_NO_DOCUMENT}.items():
        sim = place.world.add_sim()
        sent = place.world.sms.send_mt(sim, "a")
        named = path.format(iccid=sim.iccid, id=sent.id, service="smsMT")
        whole = naming(body, path.replace("{iccid}", "{}"), sim.iccid)
        if path.endswith("simTransfer"):
            whole["target_organisation"] = branch
        answer = await place.client.request(method, named, json=whole)
        success = operations().get((method, path), {"responses": {"200": {}, "201": {}}})
        assert str(answer.status_code) in success["responses"], (path, answer.text)
        assert answer.is_success, (path, answer.text)
        if (method, path) in SUCCESSES:
            fits(method, path, answer)
    place.world.advance(10_000)


@in_world
async def test_a_sim_that_tops_up_by_itself_and_several_that_are_topped_up(place):
    sims = [place.world.add_sim() for _ in range(3)]
    iccids = [sim.iccid for sim in sims[:2]]
    body = {"enabled": True, "iccids": iccids}
    assert (await place.post("/v1/sims/autoTopup", json=body)).status_code == 201
    on = [place.world.account.subscription(sim).tops_up_by_itself for sim in sims]
    assert on == [True, True, False]
    body = {"enabled": False, "iccids": iccids[:1]}
    assert (await place.post("/v2/sims/autoTopup", json=body)).status_code == 201
    assert not place.world.account.subscription(sims[0]).tops_up_by_itself
    assert (await place.post("/v2/sims/autoTopup", json={"iccids": iccids})).status_code == 400
    await place.post("/v1/sims/topup?payment_method=creditcard", json=[*iccids, iccids[0]])
    await later(place, HOUR_MS)
    totals = [place.world.account.subscription(sim).sms.total for sim in sims]
    assert totals == [500, 500, 250]


# -- the end of version 1 ---------------------------------------------------------------------


@in_world
async def test_version_1_goes_on_unless_an_end_is_set(place):
    sim = place.world.add_sim()
    await later(place, 400 * DAY_MS)  # into 2027
    assert (await place.get(f"/v1/sims/{sim.iccid}")).status_code == 200
    place.backend.sims.settings = SimsSettings(v1_ends_ms=1_798_761_600_000)
    for path in ("/v1/sims", f"/v1/sims/{sim.iccid}", "/v1/sims/limits"):
        answer = await place.get(path)
        assert answer.status_code == 404
        assert "2027-01-01" in answer.json()["message"]
    assert (await place.get(f"/v2/sims/{sim.iccid}")).status_code == 200
