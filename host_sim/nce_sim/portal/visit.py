"""One visit of a page: who looks, through which clients, and what is permitted.

visit.may("sims.state")                   # False: the page shows why
sims = await visit.portal.sims(page=1)    # None where the service has no such API
await visit.management.sims_v2.get(iccid)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from nce_api.client import ManagementApi
from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_sim.control.http import AsyncControl

NO_PORTAL = "1NCE has this in its own portal alone, so no API serves it here."
NO_WORLD = "There is no simulated world behind this service."


@dataclass(frozen=True)
class Visit:
    """Who looks at the pages; without `permissions` the service alone decides."""

    name: str
    organisation: str
    number: str
    role: str
    management: ManagementApi[Awaited] = field(repr=False)
    portal: Portal[Awaited] | None = field(default=None, repr=False)
    control: AsyncControl | None = field(default=None, repr=False)
    permissions: frozenset[str] | None = field(default=None, repr=False)

    def may(self, permission: str) -> bool:
        """Whether the role permits it; the server refuses it in any case where it does not."""
        return self.permissions is None or permission in self.permissions

    def lacks(self, permission: str) -> str | None:
        """Why something is out of reach, for a tooltip; None when it is not."""
        if self.may(permission):
            return None
        return f"The role {self.role} does not permit this."


class Refused(Exception):
    """A sign-in that failed; the text is for the user."""


class House(Protocol):
    """The service that the pages show: it signs users in, and knows them by their sessions."""

    @property
    def has_passwords(self) -> bool:
        """Whether users sign in by e-mail and password; by a link in any case."""

    async def sign_in(self, email: str, password: str, address: str) -> str:
        """The token of a new session; Refused. Wrong passwords count by the user's address."""

    async def follow(self, code: str, address: str) -> str:
        """The token of a new session by the code of a link; Refused."""

    async def visit(self, token: str) -> Visit | None:
        """Whose session it is, or None."""

    async def sign_out(self, token: str) -> None:
        """End the sessions of the user."""
