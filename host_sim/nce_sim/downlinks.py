"""What 1NCE OS sends to devices: the Device Controller, and the LwM2M service that it uses.

downlinks = Downlinks(ground, devices=…, endpoints=…, terms=…, keys=…, events=…, located=…, …)
downlinks.start()
downlinks.controller.request(organisation_id, request_id); downlinks.lwm2m.is_registered(iccid)
downlinks.close()
"""

from __future__ import annotations

from nce_sim.endpoints.controller import ControllerEndpoint
from nce_sim.ground import Ground
from nce_sim.services.authenticator.service import Authenticator
from nce_sim.services.controller.service import Controller
from nce_sim.services.device_integrator.service import DeviceIntegrator
from nce_sim.services.inspector.service import Inspector
from nce_sim.services.locator.service import Locator
from nce_sim.services.lwm2m.of_world import lwm2m_of
from nce_sim.services.settings.agreements import Agreements
from nce_sim.services.uplink import Integrator


class Downlinks:
    """Made after the clouds and the locator: what a client reports goes there."""

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
    ) -> None:
        settings = ground.settings
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
