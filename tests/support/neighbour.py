"""A second customer in the world of a test: a SIM, and a client with a token of its own.

sim = own_sim(place); await uplink(place, sim, b"42", topic="gps")
theirs = await neighbour(place)
theirs.sim.iccid, await theirs.client.get("/v1/inspect/devices")
"""

from __future__ import annotations

from typing import NamedTuple

import httpx

from nce_sim import SimCard
from nce_sim.account.organisations.organisation import NewOrganisation
from support.api import Place

THEIRS = 8_000_002  # the next account of a new world


class Neighbour(NamedTuple):
    """The second customer."""

    sim: SimCard
    client: httpx.AsyncClient


async def neighbour(place: Place) -> Neighbour:
    """A customer with a SIM, signed in."""
    backend = place.backend
    new = NewOrganisation("Neighbour", "neighbour@example.com", "DE")
    made = await backend.write(
        lambda work: backend.organisations.open_account(new, backend.wall_ms(), work)
    )
    assert made.organisation_id == THEIRS
    sim = place.world.issue_sim(THEIRS)
    issued = place.backend.access.first_credentials(THEIRS, place.backend.wall_ms())
    assert issued is not None
    answer = await place.token(issued.client_id, issued.secret)
    client = place.http()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Neighbour(sim, client)


def own_sim(place: Place) -> SimCard:
    """One more SIM of the default customer."""
    return place.world.add_sim()


async def uplink(
    place: Place, sim: SimCard, payload: bytes, protocol: str = "COAP", topic: str | None = None
) -> None:
    """Store a message of the SIM as if an endpoint had taken it."""
    address = place.world.core.address_of(sim) or ""
    await place.backend.write(
        lambda work: place.backend.integrator.accept(
            sim, protocol, payload, address=address, work=work, topic=topic
        )
    )
