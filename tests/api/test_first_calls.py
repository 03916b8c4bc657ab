"""What published clients of 1NCE's API call first, sent as they send it: plain HTTP, no model.

1NCE's MCP server, exporters of metrics and shell scripts make these calls, in this order.
"""

import base64

from nce_sim.ports.typist import Typist
from support.api import in_world


class Client:
    """The few lines that such programs have: a token, and requests with it."""

    def __init__(self, place):
        self._http = place.http()
        self._place = place

    async def sign_in(self):
        place = self._place
        pair = base64.b64encode(f"{place.client_id}:{place.secret}".encode()).decode()
        answer = await self._http.post(
            "/oauth/token",
            content=b'{"grant_type":"client_credentials"}',
            headers={
                "accept": "application/json",
                "content-type": "application/json",
                "authorization": f"Basic {pair}",
            },
        )
        self._token = answer.json()["access_token"]

    async def call(self, method, path, body=None):
        headers = {"accept": "application/json", "authorization": f"Bearer {self._token}"}
        answer = await self._http.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, (path, answer.text)
        return answer

    async def every(self, path):
        """All items of a list, page by page."""
        items, page, pages = [], 1, 1
        while page <= pages:
            answer = await self.call("GET", f"{path}?page={page}&pageSize=5")
            pages = int(answer.headers["X-Total-Pages"])
            items += answer.json()
            page += 1
        return items


@in_world
async def test_the_first_calls_of_a_published_client(place):
    sims = [place.world.add_sim() for _ in range(12)]
    Typist(place.world, place.world.add_modem(sims[0])).attach()
    client = Client(place)
    await client.sign_in()

    listed = await client.every("/v1/sims")
    assert [each["iccid"] for each in listed] == [sim.iccid for sim in sims]
    path = f"/v1/sims/{listed[0]['iccid']}"
    record = (await client.call("GET", path)).json()
    assert record == listed[0]
    assert type(record["current_quota"]) is int  # of the type that exporters declare

    status = (await client.call("GET", f"{path}/status")).json()
    assert status["status"] == "ONLINE"
    assert status["pdp_context"]["ue_ip_address"] == record["ip_address"] == "10.160.0.1"
    assert status["location"]["country"]["name"] == "Germany"
    data = (await client.call("GET", f"{path}/quota/data")).json()
    assert (data["volume"], data["total_volume"]) == (500, 500)
    assert type(data["total_volume"]) is int
    assert (await client.call("GET", f"{path}/quota/sms")).json()["volume"] == 250

    place.world.account.count_sms(sims[0], "mo")
    usage = await client.call("GET", f"{path}/usage?start_dt=2026-01-01&end_dt=2026-01-01")
    (day,) = usage.json()["stats"]
    assert day["sms"]["volume"] == "1"
    events = (await client.call("GET", f"{path}/events?pageSize=100&sort=-timestamp")).json()
    assert (events["totalEvents"], events["totalPages"]) == (3, 1)
    assert events["events"][0]["event_type"].startswith("New PDP Context")

    body = {"iccid": record["iccid"], "label": "pump 1", "imei_lock": True, "status": "Enabled"}
    await client.call("PUT", path, body)
    changed = (await client.call("GET", path)).json()
    assert (changed["label"], changed["imei_lock"]) == ("pump 1", True)
    await client.call("PUT", path, body | {"status": "Disabled"})
    assert (await client.call("GET", path)).json()["status"] == "Disabled"
    await client.call("PUT", path, body)
    assert (await client.call("POST", f"{path}/reset")).status_code == 201
