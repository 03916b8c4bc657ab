"""The doors of an open world: where they are, and how to get a first token.

api = OpenApi(ApiPlace(port=8080), Reach(world, backend), organisation_id)
await api.start()
api.description()                        # {"url", "client_id", "client_secret", "docs", "ca"}
api.portal()                     # {"page", "link", "url", "email", "password", "docs"}
await api.close()
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from nce_sim.account.access.users import IssuedUser
from nce_sim.api.app import create_app
from nce_sim.api.certificates import Pair, ca_folder, certificate_for
from nce_sim.api.control import CONTROL
from nce_sim.api.server import ApiServer
from nce_sim.api.settings import ApiSettings
from nce_sim.api.shapes import MANAGEMENT, PORTAL
from nce_sim.control.verb import Reach
from nce_sim.portal.tiles import Tiles
from nce_sim.scenarios.open_portal import PAGES, OpenPortal, is_portals

_TOKEN_BYTES = 24


@dataclass(frozen=True)
class ApiPlace:
    """Where the doors are; `port` 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    is_tls: bool = False
    has_new_credentials: bool = False
    settings: ApiSettings = field(default_factory=ApiSettings)
    tiles: Tiles | None = None  # of the portal's maps


class OpenApi:
    """One server with all doors of a backend."""

    def __init__(self, place: ApiPlace, reach: Reach, organisation_id: int) -> None:
        self._place, self._reach, self._backend = place, reach, reach.services
        self._app: ASGIApp | None = None
        self._organisation_id = organisation_id
        self._pair: Pair | None = None
        self._server: ApiServer | None = None
        self._control_token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._credentials: tuple[str, str | None] = ("", None)
        self._owner: IssuedUser | None = None
        self._link: str | None = None
        self._pages = OpenPortal(self._doors, place.settings, place.tiles)

    async def start(self) -> None:
        """Listen; OSError when the port is taken or the CA cannot be written."""
        place = self._place
        if place.is_tls:
            self._pair = certificate_for(place.host, ca_folder())
        pair = self._pair
        self._credentials = await self._first_credentials()
        backend = self._backend
        self._owner = backend.access.first_owner(self._organisation_id, backend.wall_ms())
        self._link = backend.access.owner_link(self._organisation_id, backend.wall_ms())
        self.serve()
        self._server = ApiServer(
            self._enter,
            place.host,
            place.port,
            certificate=pair and pair.certificate,
            key=pair and pair.key,
        )
        await self._server.start()

    def serve(self) -> None:
        """Serve the backend that control reaches now; requests under way end at the former."""
        self._backend = self._reach.services
        self._app = create_app(
            self._backend,
            self._place.settings,
            control_token=self._control_token,
            reach=self._reach,
        )

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._pages.is_installed and is_portals(scope.get("path", "")):
            await self._pages(scope, receive, send)
        else:
            await self._doors()(scope, receive, send)

    def _doors(self) -> ASGIApp:
        if self._app is None:
            raise RuntimeError("the doors are not open")
        return self._app

    async def _first_credentials(self) -> tuple[str, str | None]:
        """Client id and secret; the secret is None when the database knows only its hash."""
        access, backend = self._backend.access, self._backend
        issued = access.first_credentials(self._organisation_id, backend.wall_ms())
        if issued is None and self._place.has_new_credentials:
            issued = await backend.write(
                lambda work: access.credentials.create(
                    self._organisation_id, "made at start", backend.wall_ms(), work
                )
            )
        if issued is not None:
            return issued.client_id, issued.secret
        return access.credentials.of(self._organisation_id)[0].client_id, None

    def description(self) -> dict[str, Any]:
        """As the first line of `nce sim up --json` has it; `url` ends before `/v1`."""
        if self._server is None:
            raise RuntimeError("the doors are not open")
        url = self._server.url + MANAGEMENT
        client_id, secret = self._credentials
        return {
            "url": url,
            "client_id": client_id,
            "client_secret": secret,
            "docs": f"{url}/docs",
            "ca": self._pair and self._pair.ca,
        }

    def portal(self) -> dict[str, Any]:
        """Where portal users sign in; e-mail and password of the owner, if this start made it.

        `page` is the address of the pages, `link` the one that lets the owner in once; both are
        None without the extra `portal`.
        """
        if self._server is None:
            raise RuntimeError("the doors are not open")
        url, owner = self._server.url + PORTAL, self._owner
        page = self._server.url + PAGES if self._pages.is_installed else None
        return {
            "page": page,
            "link": page and self._link and f"{page}/enter?code={self._link}",
            "url": url,
            "email": owner and owner.user.email,
            "password": owner and owner.password,
            "docs": f"{url}/docs",
        }

    def control(self) -> dict[str, Any]:
        """Where the world is controlled, and the token for that."""
        if self._server is None:
            raise RuntimeError("the doors are not open")
        return {"url": self._server.url + CONTROL, "token": self._control_token}

    async def close(self) -> None:
        """Answer what is asked and end; closing twice is harmless."""
        await self._pages.close()
        if self._server is not None:
            await self._server.close()
        if self._pair is not None:
            for path in (self._pair.certificate, self._pair.key):
                Path(path).unlink(missing_ok=True)
