"""The Device Locator put together from its parts.

locator = locator_of(storage, wall_ms, random, devices=…, core=…, operator=…, …)
"""

from __future__ import annotations

from random import Random

from nce_sim.network.core import Core
from nce_sim.network.operator import Operator
from nce_sim.services.locator.alerts import Alerts, Events, Logs
from nce_sim.services.locator.cell_events import CellResolver, Switches
from nce_sim.services.locator.cell_review import CellReview
from nce_sim.services.locator.crossings import Crossings
from nce_sim.services.locator.geofences import Geofences, Owners
from nce_sim.services.locator.positions import Positions
from nce_sim.services.locator.service import Locator
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.towers import CellId, Placed, Tower, Towers
from nce_sim.services.scheduled import WallMs
from nce_sim.storage import Storage


def locator_of(
    storage: Storage,
    wall_ms: WallMs,
    random: Random,
    *,
    owners: Owners,
    core: Core,
    operator: Operator,
    switches: Switches,
    events: Events,
    logs: Logs,
    settings: LocatorSettings,
) -> Locator:
    """The locator of a world."""
    positions = Positions(storage, wall_ms, settings)
    towers = Towers(storage, simulated(operator))
    cells = CellResolver(storage, wall_ms, switches, towers, settings)
    geofences = Geofences(storage, random, wall_ms, owners, switches, positions.last_of, settings)
    return Locator(
        storage,
        wall_ms,
        owners=owners,
        sim_of=core.sim_of,
        address_of=core.address_of,
        switches=switches,
        alerts=Alerts(events, logs, wall_ms, random),
        positions=positions,
        cells=cells,
        review=CellReview(storage, wall_ms, cells, settings),
        towers=towers,
        geofences=geofences,
        crossings=Crossings(storage, geofences, switches, settings),
        settings=settings,
    )


def simulated(operator: Operator) -> Placed:
    """The places of the simulated cells, as they are now: cells may be added and moved."""

    def placed(cell_id: CellId) -> Tower | None:
        for cell in operator.cells:
            if cell_id == CellId(int(cell.plmn[:3]), int(cell.plmn[3:]), cell.tac, cell.ci):
                return Tower(cell_id, cell.longitude, cell.latitude, cell.range_m)
        return None

    return placed
