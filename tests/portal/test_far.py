"""The portal in front of a service that has the Management API alone."""

import asyncio
import time

import httpx
import pytest

from nce_api.errors import Unauthorized
from nce_sim.portal.far import Far, Paced
from nce_sim.portal.places import PLACES
from nce_sim.portal.sim_source import source_of
from nce_sim.portal.visit import NO_PORTAL, NO_WORLD, Refused
from support.api import BASE, in_world


def far_of(place, secret=None):
    return Far(BASE, place.client_id, secret or place.secret, httpx.ASGITransport(place.app))


async def visit_of(far):
    return await far.visit(await far.follow(far.code, "127.0.0.1"))


@in_world
async def test_its_link_lets_one_in_once_and_there_are_no_passwords(place):
    far = far_of(place)
    code = far.code
    with pytest.raises(Refused):
        await far.follow("guess", "127.0.0.1")
    token = await far.follow(code, "127.0.0.1")
    for again in (code, ""):
        with pytest.raises(Refused):
            await far.follow(again, "127.0.0.1")
    with pytest.raises(Refused):
        await far.sign_in("a@example.com", "password", "127.0.0.1")
    visit = await far.visit(token)
    assert visit.name == place.client_id
    assert place.secret not in repr(visit)
    await far.sign_out(token)
    assert await far.visit(token) is None


@in_world
async def test_wrong_credentials_are_told_at_the_start(place):
    await far_of(place).check()
    with pytest.raises(Unauthorized):
        await far_of(place, secret="not the one").check()


PORTAL_ALONE = {
    "/",
    "/users",
    "/account",
    "/configuration",
    "/organisation",
    "/performance",
}


@in_world
async def test_what_only_the_simulator_has_is_out_of_reach_with_its_reason(place):
    visit = await visit_of(far_of(place))
    reasons = {one.path: one.why_not(visit) for one in PLACES}
    assert {path for path, reason in reasons.items() if reason == NO_PORTAL} == PORTAL_ALONE
    assert {path for path, reason in reasons.items() if reason == NO_WORLD} == {"/world"}


@in_world
async def test_sims_are_listed_by_the_management_api_alone(place):
    sims = [place.world.add_sim() for _ in range(3)]
    iccids = sorted(sim.iccid for sim in sims)
    place.world.account.set_label(sims[0], "<b>fleet</b>")
    source = source_of(await visit_of(far_of(place)))
    page = await source.page(2, 2, "iccid", {})
    assert ([row.iccid for row in page.items], page.total) == (iccids[2:], 3)
    whole = await source.page(1, 10, "-ip_address", {})
    addresses = [row.ip_address for row in whole.items]
    assert addresses == sorted(addresses, reverse=True)
    found = await source.page(1, 10, "iccid", {"text": addresses[0]})
    assert [row.ip_address for row in found.items] == [addresses[0]]
    (one,) = (await source.page(1, 10, "iccid", {"text": sims[0].iccid})).items
    assert (one.label, one.data_left, one.session) == ("<b>fleet</b>", 500, None)
    assert (await source.page(1, 10, "iccid", {"text": "a label"})).total == 0
    assert await source.one("8988228066600000000") is None


def test_calls_wait_for_their_turn():
    class Counted(httpx.AsyncBaseTransport):
        def __init__(self):
            self.at_s = []

        async def handle_async_request(self, request):
            self.at_s.append(time.monotonic())
            return httpx.Response(200)

    counted = Counted()

    async def scene():
        async with httpx.AsyncClient(transport=Paced(counted, a_second=100)) as client:
            await asyncio.gather(*(client.get("http://localhost/") for _ in range(6)))

    start_s = time.monotonic()
    asyncio.run(scene())
    # A busy computer makes them later, never earlier.
    for number, at_s in enumerate(counted.at_s):
        assert at_s - start_s >= number * 0.01
