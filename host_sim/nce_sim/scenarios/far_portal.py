"""The portal as a process of its own, in front of a service elsewhere.

portal = FarPortal("https://api.1nce.com/management-api", client_id, secret)
await portal.start()            # ApiError when the service refuses; OSError when the port is taken
portal.link
await portal.close()
"""

from __future__ import annotations

from nce_sim.api.server import ApiServer
from nce_sim.portal.door import ROOT, Door
from nce_sim.portal.far import Far
from nce_sim.portal.stage import Stage

_HOST = "127.0.0.1"


class FarPortal:
    """Pages at a loopback address, for the user of this computer."""

    def __init__(self, base_url: str, client_id: str, client_secret: str, port: int = 0) -> None:
        self._house = Far(base_url, client_id, client_secret)
        self._port = port
        self._stage = Stage()
        self._server: ApiServer | None = None

    async def start(self) -> None:
        """Ask the service once, then listen."""
        await self._house.check()
        self._server = ApiServer(Door(self._house, await self._stage.start()), _HOST, self._port)
        await self._server.start()

    @property
    def link(self) -> str:
        """Where its user enters, once."""
        if self._server is None:
            raise RuntimeError("the portal has not started")
        return f"{self._server.url}{ROOT}/enter?code={self._house.code}"

    async def close(self) -> None:
        """End everything; closing twice is harmless."""
        await self._stage.close()
        if self._server is not None:
            await self._server.close()
        await self._house.close()
