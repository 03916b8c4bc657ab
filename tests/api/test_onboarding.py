"""The older onboarding for programs that call from the twin of a device."""

import httpx

from support.api import in_world
from support.neighbour import own_sim


def from_address(place, host):
    transport = httpx.ASGITransport(place.app, client=(host, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@in_world
async def test_the_twin_of_a_sim_gets_its_certificate(place):
    sim = own_sim(place)
    async with from_address(place, "127.160.0.1") as device:
        answer = await device.get("/device-api/onboarding")
        assert answer.status_code == 200
        assert answer.json()["iccid"] == sim.iccid
        line = await device.get("/device-api/onboarding", headers={"Accept": "text/csv"})
        assert line.text.startswith(f'"{sim.iccid}","')
        place.world.set_sim_enabled(sim, False)
        assert (await device.get("/device-api/onboarding")).status_code == 404
        assert (await device.post("/device-api/onboarding")).status_code == 405
    for host in ("127.0.0.1", "127.160.0.2", "10.160.0.1", "192.0.2.1", ""):
        async with from_address(place, host) as stranger:
            answer = await stranger.get("/device-api/onboarding")
            assert answer.status_code == 404, host
            assert set(answer.json()) == {"message"}
