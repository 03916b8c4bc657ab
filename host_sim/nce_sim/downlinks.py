"""What 1NCE OS sends to devices: the Device Controller, and the LwM2M service that it uses.

downlinks = Downlinks(ground, endpoints=…, terms=…, keys=…, integrator=…, locator=…, …)
downlinks.start()
downlinks.controller.request(organisation_id, request_id); downlinks.lwm2m.is_registered(iccid)
downlinks.close()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nce_sim.endpoints.controller import ControllerEndpoint
from nce_sim.ground import Ground
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.controller.service import Controller
from nce_sim.services.device_integrator.service import DeviceIntegrator
from nce_sim.services.inspector.service import Inspector
from nce_sim.services.json_text import json_text
from nce_sim.services.locator.service import Locator
from nce_sim.services.lwm2m.of_world import lwm2m_of
from nce_sim.services.settings.agreements import Agreements
from nce_sim.services.uplink import Integrator
from nce_sim.sim_card import SimCard


class Downlinks:
    """Made after the clouds and the locator: what a client reports goes there.

    `heard()` is called when a report is stored.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        endpoints: DeviceIntegrator,
        terms: Agreements,
        keys: Authenticator,
        integrator: Integrator,
        locator: Locator,
        inspector: Inspector,
        heard: Callable[[], None],
    ) -> None:
        settings = ground.settings

        def stored(sim: SimCard, event: Mapping[str, Any]) -> None:
            payload = json_text(event["payload"]["value"]).encode()
            ground.trace.uplink(sim, "LWM2M", None, payload, event)
            heard()

        self.lwm2m = lwm2m_of(
            ground.storage,
            ground.clock,
            ground.wall_ms,
            ground.random("backend.lwm2m"),
            core=ground.core,
            owners=ground.devices,
            endpoints=endpoints,
            terms=terms,
            keys=keys,
            events=integrator,
            located=locator,
            states=inspector,
            stored=stored,
            timeline=ground.timeline,
            epoch_ms=ground.epoch_ms,
            write=ground.write_soon,
            settings=settings.lwm2m,
        )
        self.outbound = ControllerEndpoint(
            ground.core,
            ground.clock,
            ground.random("backend.outbound"),
            ground.core.settings.controller_host,
            settings.controller_ports,
        )
        self.controller = Controller(
            ground.storage,
            ground.clock,
            ground.wall_ms,
            devices=ground.devices,
            endpoints=endpoints,
            outbound=self.outbound,
            lwm2m=self.lwm2m,
            write=ground.write_soon,
            random=ground.random("backend.controller"),
            settings=settings.controller,
        )
        integrator.keep(self.controller.heard)
        self.lwm2m.wake_by(self.controller)

    def start(self) -> None:
        """Go on with what was under way."""
        self.lwm2m.start()
        self.controller.start()

    def close(self) -> None:
        """Send nothing more."""
        self.controller.close()
        self.lwm2m.close()
