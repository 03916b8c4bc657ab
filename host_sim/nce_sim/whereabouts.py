"""The Device Locator of a world, and what tells it where devices are.

whereabouts = Whereabouts(ground, switches, integrator, logs, stored)
whereabouts.locator.positions.latest(organisation_id)
whereabouts.close()
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.ground import Ground
from nce_sim.services.locator.cell_events import Switches
from nce_sim.services.locator.composed import locator_of
from nce_sim.services.locator.feed import CellFeed
from nce_sim.services.logs.service import AdminLogs
from nce_sim.services.uplink import Integrator
from nce_sim.storage import Work


class Whereabouts:
    """Made after the clouds: a LOCATION goes out before the GEOFENCE that follows from it.

    `stored()` is called when the network told of a cell and that is stored.
    """

    def __init__(
        self,
        ground: Ground,
        switches: Switches,
        integrator: Integrator,
        logs: AdminLogs,
        stored: Callable[[], None],
    ) -> None:
        self._ground = ground
        self._stored = stored
        settings = ground.settings.locator
        self.locator = locator_of(
            ground.storage,
            ground.wall_ms,
            ground.random("backend.locator"),
            owners=ground.devices,
            core=ground.core,
            operator=ground.world.operator,
            switches=switches,
            events=integrator,
            logs=logs,
            settings=settings,
        )
        integrator.keep(self.locator.keep)
        self._feed = CellFeed(
            ground.timeline, self.locator, self._hear_cell, ground.epoch_ms, settings.event_types
        )

    def close(self) -> None:
        """Hear of no more cells."""
        self._feed.close()

    def _hear_cell(self, call: Callable[[Work], None]) -> None:
        def seen(work: Work) -> None:
            call(work)
            work.after_commit(self._stored)

        self._ground.write_soon(seen)
