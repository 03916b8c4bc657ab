"""A world for other programs: modems on ptys, services at loopback twins, in real time.

world = OpenWorld(sims=3)
await world.start()
print(world.description())
world.on_event(print)
...
await world.close()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nce_bcl import BclError
from nce_sim.backend.backend import Backend
from nce_sim.backend.settings import BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.ports.pty import PtyPort
from nce_sim.ports.twin import TwinError, TwinPorts, twin_of
from nce_sim.record.timeline import Record
from nce_sim.world import World

# What is told of a world at work; the rest of the timeline is for tests.
TOLD = {"uplink", "bootstrap", "coap", "dtls_established", "dtls_failed", "dropped", "event"}
TOLD |= {"not_stored", "storing_again"}


class OpenWorldFailed(RuntimeError):
    """The world cannot be opened; the message says why and what to try."""


class OpenWorld:
    """SIMs, each with a modem on a pty and a twin address, before one backend."""

    def __init__(
        self,
        sims: int = 1,
        seed: int = 1,
        db: str | None = None,
        template: str | None = None,
        *,
        family: str = "bg95",
        backend: BackendSettings | None = None,
    ) -> None:
        self._family, self._backend_settings = family, backend
        self._sims, self._seed, self._db, self._template = sims, seed, db, template
        self._ports: list[PtyPort] = []
        self._twins: TwinPorts | None = None
        self._backend: Backend | None = None
        self._world: World | None = None

    async def start(self) -> None:
        """Open everything; OpenWorldFailed when an address is taken or the template is wrong."""
        import asyncio

        world = self._world = World(self._seed, clock=LoopClock())
        try:
            self._backend = Backend(world, self._db, self._backend_settings)
            if self._template is not None:
                self._backend.add_template("cli", self._template)
            for _ in range(self._sims):
                modem = world.add_modem(world.add_sim(), self._family)
                self._ports.append(PtyPort(modem))
                modem.power_on()
            self._twins = TwinPorts(world.core, asyncio.get_running_loop())
            await self._twins.open()
        except (BclError, TwinError, OSError) as error:
            await self.close()
            raise OpenWorldFailed(str(error)) from error

    def description(self) -> dict[str, Any]:
        """SIMs and endpoints, as `nce sim up` prints them."""
        if self._world is None or self._twins is None:
            raise OpenWorldFailed("the world is not open")
        core = self._world.core
        names = {host: name for name, hosts in core.settings.names.items() for host in hosts}
        sims = []
        for sim, port in zip(self._world.sims, self._ports, strict=True):
            address = core.add_subscriber(sim)
            sims.append(
                {
                    "iccid": sim.iccid,
                    "imsi": sim.imsi,
                    "msisdn": sim.msisdn,
                    "address": address,
                    "twin": twin_of(address),
                    "pty": port.path,
                }
            )
        endpoints = [
            {
                "service": names.get(address.host, address.host),
                "address": str(address),
                "twin": str(twin),
            }
            for address, twin in self._twins.addresses.items()
        ]
        return {"sims": sims, "endpoints": endpoints}

    def on_event(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call `listener` with every message and session, as one flat object each."""

        def told(record: Record) -> None:
            if record.kind in TOLD:
                fields = {
                    name: value for name, value in record.fields.items() if name != "payload"
                }
                listener(
                    {"at_ms": record.at_ms, "source": record.source, "kind": record.kind, **fields}
                )

        if self._world is None:
            raise OpenWorldFailed("the world is not open")
        self._world.timeline.subscribe(told)

    async def close(self) -> None:
        """Close everything that is open; what arrived is committed. Closing twice is harmless."""
        if self._twins is not None:
            self._twins.close()
        for port in self._ports:
            port.close()
        self._ports.clear()
        if self._backend is not None:
            self._backend.close()
