"""Products, orders, top-ups and service requests over 1NCE's Management API."""

import json

from nce_sim.account.organisations.organisation import NewOrganisation
from support.api import BASE, in_world
from support.neighbour import neighbour

ADDRESS = {
    "salutation": "2",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Engines",
    "street": "Sternengasse",
    "house_number": "14",
    "zip": "50676",
    "city": "Cologne",
    "country": "DE",
}
REQUEST = {
    "replyToMail": "e-mail@address.com",
    "senderName": "Hans Mustermann",
    "subject": "Connectivity Issue",
    "text": "Custom Text",
}


@in_world
async def test_products_are_listed_with_what_they_cost(place):
    answer = await place.get("/v1/products")

    assert answer.status_code == 200
    assert answer.json()[0] == {
        "id": 1001,
        "product": "1NCE IoT FlexSIM - Standard",
        "material": "1NCE FlexSIM",
        "package_size": 1,
        "minQuantity": 1,
        "maxQuantity": 10000,
        "maxQuantityPerCustomer": 10000,
        "min_contract_duration": 120,
        "one_time_charges": [{"name": "provisionCharge", "amount_net": 10.0, "currency": "EUR"}],
        "recurring_charges": [],
    }


@in_world
async def test_an_order_becomes_sims_of_the_account(place):
    body = {
        "products": [{"productId": 1001, "quantity": 2}],
        "delivery_address": ADDRESS,
        "customer_reference": "PO 7",
    }
    placed = await place.post("/v1/orders", json=body)
    assert placed.status_code == 200
    assert placed.json() == body
    number = int(placed.headers["Location"].rpartition("/")[2])
    found = (await place.get(f"/v1/orders/{number}")).json()
    assert found == {
        "order_number": number,
        "order_type": "FIRST_ORDER",
        "order_date": "2026-01-01T00:00:00.000Z",
        "order_status": "IN_PREPARATION",
        "invoice_number": "20000001",
        "invoice_amount": "23.80",
        "currency": "EUR",
        "shipping_address": ADDRESS,
        "sims": [],
        "products": [{"product_id": 1001, "quantity": 2}],
    }
    place.world.advance(660_000)

    found = (await place.get(f"/v1/orders/{number}")).json()
    assert found["order_status"] == "COMPLETED"
    sims = (await place.get("/v1/sims")).json()
    assert {sim["iccid"] for sim in sims} == {sim["iccid"] for sim in found["sims"]}
    [link] = found["sims"][0]["_links"]
    assert link["rel"] == "self"
    # The link leads back to this world, by the address that the caller used: not to 1NCE.
    assert link["href"] == f"{BASE}/v1/sims/{found['sims'][0]['iccid']}"
    assert (await place.get(link["href"])).json()["iccid"] == found["sims"][0]["iccid"]


@in_world
async def test_links_lead_to_where_the_request_came_to(place):
    sim, base = place.world.add_sim(), "https://127.0.0.1:8443/management-api"
    client = place.http(base)
    client.headers["Authorization"] = place.client.headers["Authorization"]
    body = {"products": [{"productId": 1001, "quantity": 1}]}
    for path, more in (
        ("/v1/orders", {"json": body}),
        (f"/v1/sims/{sim.iccid}/topup", {}),
        ("/v1/sims/topup", {"json": [sim.iccid]}),
        (f"/v2/sims/{sim.iccid}/topup", {}),
        (f"/v1/sims/{sim.iccid}/sms", {"json": {"source_address": "1", "payload": "x"}}),
    ):
        answer = await client.post(path, **more)
        assert answer.status_code in (200, 201), (path, answer.text)
        assert answer.headers["Location"].startswith(f"{base}/v"), path
    with_sims = [one for one in (await client.get("/v1/orders")).json() if one["sims"]]
    assert with_sims[0]["sims"][0]["_links"][0]["href"] == f"{base}/v1/sims/{sim.iccid}"


@in_world
async def test_orders_come_by_pages_of_ten_at_most(place):
    for quantity in range(1, 4):
        await place.post(
            "/v1/orders", json={"products": [{"productId": 1001, "quantity": quantity}]}
        )
    answer = await place.get("/v1/orders", params={"pageSize": 2, "page": 2})

    assert [order["products"][0]["quantity"] for order in answer.json()] == [3]
    assert answer.headers["X-Total-Count"] == "3"
    assert answer.headers["X-Total-Pages"] == "2"
    assert answer.headers["X-Current-Page"] == "2"
    assert answer.headers["X-Count-Per-Page"] == "1"
    too_many = await place.get("/v1/orders", params={"pageSize": 11})
    assert too_many.status_code == 400
    assert (await place.get("/v1/orders", params={"sort": "price"})).status_code == 400


@in_world
async def test_a_top_up_is_an_order_and_the_sim_works_again(place):
    sim = place.world.add_sim()
    place.world.account.exhaust(sim)
    answer = await place.post(f"/v1/sims/{sim.iccid}/topup")
    assert answer.status_code == 201
    assert place.world.account.pdp_refusal(sim) is None

    number = answer.headers["Location"].rpartition("/")[2]
    order = (await place.get(f"/v1/orders/{number}")).json()
    assert (order["order_type"], order["order_status"]) == ("TOPUP", "COMPLETED")
    assert [each["iccid"] for each in order["sims"]] == [sim.iccid]


@in_world
async def test_a_payment_method_that_the_account_lacks_is_refused_as_documented(place):
    sim = place.world.add_sim()
    for path, more in (
        (f"/v1/sims/{sim.iccid}/topup", {}),
        ("/v1/sims/topup", {"json": [sim.iccid]}),
        (f"/v2/sims/{sim.iccid}/topup", {}),
    ):
        answer = await place.post(path, params={"payment_method": "boleto"}, **more)
        assert answer.status_code == 400, path
        assert answer.json()["message"] == "Payment method used is not valid."
    assert (await place.get("/v1/orders")).json() == []


@in_world
async def test_a_transfer_moves_a_sim_to_the_sub_account(place):
    sim, backend = place.world.add_sim(), place.backend
    new = NewOrganisation("Branch", "branch@example.com", "DE")
    sub = await backend.write(
        lambda work: backend.organisations.create(
            place.organisation_id, new, backend.wall_ms(), work
        )
    )
    body = {"target_organisation": sub.organisation_id, "iccids": [sim.iccid]}
    assert (await place.post("/v1/sims/simTransfer", json=body)).status_code == 201

    assert (await place.get("/v1/sims")).json() == []
    assert place.world.core.address_of(sim) == "10.160.1.1"
    assert place.backend.devices.organisation_of(sim.iccid) == sub.organisation_id


@in_world
async def test_a_service_request_is_created_and_listed(place):
    created = await place.post("/v1/support", json=REQUEST)
    assert created.status_code == 201
    await place.post("/v1/support", json={**REQUEST, "subject": "Another"})
    answer = await place.get("/v1/support")

    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == "2"
    assert answer.json() == [
        {
            "caseId": "1",
            "communications": [
                {
                    "id": "1",
                    "communicationDate": "2026-01-01T00:00:00.000Z",
                    "direction": "IN",
                    "type": "PORTAL",
                    "originator": "e-mail@address.com",
                    "subject": "Connectivity Issue",
                    "text": "Custom Text",
                }
            ],
            "createDate": "2026-01-01T00:00:00.000Z",
            "status": "OPEN",
            "subject": "Connectivity Issue",
            "text": "Custom Text",
        }
    ]
    assert len((await place.get("/v1/support", params={"pageSize": 100})).json()) == 2


WRONG = (
    ("/v1/orders", {}, 400),
    ("/v1/orders", {"products": []}, 400),
    ("/v1/orders", {"products": [{"productId": 1001}]}, 400),
    ("/v1/orders", {"products": [{"quantity": 1}]}, 400),
    ("/v1/orders", {"products": [{"productId": 1001, "quantity": 0}]}, 400),
    ("/v1/orders", {"products": [{"productId": 1001, "quantity": 10**30}]}, 400),
    ("/v1/orders", {"products": [{"productId": 10**30, "quantity": 1}]}, 404),
    ("/v1/orders", {"products": [{"productId": 7, "quantity": 1}]}, 404),
    ("/v1/orders", {"products": [{"productId": 2001, "quantity": 1}]}, 400),
    (
        "/v1/orders",
        {"products": [{"productId": 1001, "quantity": 1}], "delivery_address": {"city": "Rome"}},
        400,
    ),
    (
        "/v1/orders",
        {"products": [{"productId": 1001, "quantity": 1}], "customer_reference": "\x00"},
        400,
    ),
    ("/v1/support", {}, 400),
    ("/v1/support", {**REQUEST, "subject": "\ud800"}, 400),
    ("/v1/support", {**REQUEST, "text": ""}, 400),
    ("/v1/support", {**REQUEST, "replyToMail": "nobody"}, 400),
)


@in_world
async def test_a_wrong_body_is_refused_with_its_reason(place):
    for path, body, status in WRONG:
        content = json.dumps(body)  # httpx would not write half a surrogate
        headers = {"Content-Type": "application/json"}
        answer = await place.post(path, content=content, headers=headers)
        assert answer.status_code == status, (body, answer.text)
        assert answer.json()["message"]
        assert (await place.get(path)).json() == []


@in_world
async def test_numbers_of_no_order_are_not_found(place):
    for number in ("1", "-1", "0", str(10**11), str(10**30)):
        assert (await place.get(f"/v1/orders/{number}")).status_code == 404, number


@in_world
async def test_a_neighbour_sees_no_order_no_request_and_tops_up_no_sim_of_ours(place):
    sim = place.world.add_sim()
    number = (await place.post(f"/v1/sims/{sim.iccid}/topup")).headers["Location"]
    number = number.rpartition("/")[2]
    await place.post("/v1/support", json=REQUEST)
    theirs = (await neighbour(place)).client

    assert (await theirs.get("/v1/orders")).json() == []
    assert (await theirs.get("/v1/support")).json() == []
    assert (await theirs.get(f"/v1/orders/{number}")).status_code == 404
    assert (await theirs.post(f"/v1/sims/{sim.iccid}/topup")).status_code == 404
    extension = await theirs.post("/v1/sims/extension", json={"iccids": [sim.iccid]})
    assert extension.status_code == 404
    assert len((await place.get("/v1/orders")).json()) == 1


@in_world
async def test_the_use_of_credentials_is_remembered(place):
    [credential] = place.backend.access.credentials.of(place.organisation_id)

    assert credential.last_used_ms == place.backend.wall_ms()
    assert credential.client_id.startswith("8100000001_")
