"""The pages of the portal in an open world: loaded when somebody first looks.

portal = OpenPortal(lambda: app, ApiSettings())
await portal(scope, receive, send)          # whatever is below /portal
await portal.close()

Most worlds are run by programs and never looked at, and NiceGUI takes a second and 70 MB.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from nce_sim.api.settings import ApiSettings

if TYPE_CHECKING:
    from nce_sim.portal.in_process import InProcess
    from nce_sim.portal.stage import Stage
    from nce_sim.portal.tiles import Tiles

PAGES = "/portal"
_ROOM = "nce_sim.portal"


def is_portals(path: str) -> bool:
    """Whether a path is one of the pages."""
    return path == PAGES or path.startswith(f"{PAGES}/")


class OpenPortal:
    """The pages of one world, in its loop; `doors` are those of the world's API."""

    def __init__(
        self, doors: Callable[[], ASGIApp], settings: ApiSettings, tiles: Tiles | None = None
    ) -> None:
        self._doors, self._settings, self._tiles = doors, settings, tiles
        self._opening: asyncio.Task[ASGIApp] | None = None
        self._stage: Stage | None = None
        self._house: InProcess | None = None

    @property
    def is_installed(self) -> bool:
        """Whether the extra `portal` is there."""
        return importlib.util.find_spec("nicegui") is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        # One browser that hangs up does not end it for the others.
        door = await asyncio.shield(self._opening)
        await door(scope, receive, send)

    async def close(self) -> None:
        """End the pages; closing twice is harmless."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None
        if self._stage is not None:
            await self._stage.close()
        if self._house is not None:
            await self._house.close()

    async def _open(self) -> ASGIApp:
        # In a thread, since the world's time goes on.
        for name in ("stage", "door", "in_process"):
            await asyncio.to_thread(importlib.import_module, f"{_ROOM}.{name}")
        from nce_sim.portal.door import Door
        from nce_sim.portal.in_process import InProcess
        from nce_sim.portal.stage import Stage

        self._stage, self._house = Stage(), InProcess(self._doors)
        pages = await self._stage.start()
        settings = self._settings
        return Door(self._house, pages, settings.hosts, settings.origins, self._tiles)
