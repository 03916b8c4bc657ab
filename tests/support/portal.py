"""Portal users of a test's world, signed in over the portal's door.

owner = await user_of(place, "Owner")
answer = await owner.get("/users")
"""

from __future__ import annotations

import httpx

from nce_sim.account.access.permissions import Role
from nce_sim.account.access.users import NewUser
from nce_sim.account.organisations.organisation import NewOrganisation
from support.api import Place

PORTAL = "http://localhost/portal-api"
PASSWORD = "a long password"
# The letters of the table in 1nce_os_2.md, 3.5.
ROLES = {"O": "Owner", "A": "Admin", "U": "User", "R": "Read Only", "3": "3rd party"}


async def user_of(
    place: Place, role: str, organisation_id: int | None = None, email: str | None = None
) -> httpx.AsyncClient:
    """A client of a new user with that role."""
    organisation_id = organisation_id or place.organisation_id
    email = email or f"{Role(role).name.lower()}@{organisation_id}.example"
    new = NewUser(email, "Ada", "Lovelace", Role(role), PASSWORD)
    access, now_ms = place.backend.access, place.backend.wall_ms()
    await place.backend.write(lambda work: access.users.add(organisation_id, new, now_ms, work))
    client = place.http(PORTAL)
    answer = await client.post("/session", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


async def neighbour_of(place: Place) -> int:
    """Another customer in the same world."""
    backend = place.backend
    new = NewOrganisation("Neighbour", "neighbour@example.com", "DE")
    made = await backend.write(
        lambda work: backend.organisations.open_account(new, backend.wall_ms(), work)
    )
    return made.organisation_id
