"""The SIM group put together from the parts of a world.

sims = sims_of(core=…, operator=…, centre=…, account=…, timeline=…, storage=…, …)
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.account.account import Account
from nce_sim.network.core import Core
from nce_sim.network.operator import Operator
from nce_sim.record.timeline import Timeline
from nce_sim.services.sims.changes import Changes
from nce_sim.services.sims.devices import Customer, Devices, Orders, Organisations, Records
from nce_sim.services.sims.directory import Directory
from nce_sim.services.sims.limits import Limits
from nce_sim.services.sims.messages import Messages
from nce_sim.services.sims.service import Sims, Surroundings
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.sightings import Sightings
from nce_sim.services.sims.status import StatusReader
from nce_sim.services.sims.table import Table
from nce_sim.sms.centre import SmsCenter
from nce_sim.storage import Storage


def sims_of(
    *,
    core: Core,
    operator: Operator,
    centre: SmsCenter,
    account: Account,
    timeline: Timeline,
    storage: Storage,
    devices: Devices,
    customer: Customer,
    records: Records,
    organisations: Organisations,
    orders: Orders,
    settings: SimsSettings,
    epoch_ms: int,
    take: Callable[[Changes], None],
) -> Sims:
    """The SIMs of a world; `epoch_ms` is the time since 1970 when its clock shows 0."""

    def wall(at_ms: int) -> int:
        return epoch_ms + at_ms

    def wall_ms() -> int:
        return wall(core.clock.now_ms())

    directory = Directory(devices)
    sightings = Sightings(timeline, directory)
    around = Surroundings(
        account,
        devices,
        records,
        organisations,
        orders,
        StatusReader(core, operator, account, sightings, settings, wall),
        Messages(centre, account, settings, wall_ms, wall),
        Limits(storage, devices, customer, settings),
        Changes(core.clock, storage, devices, customer, settings, wall_ms, take),
        directory,
        Table(devices, directory, operator.status_of, wall, wall_ms),
    )
    return Sims(around, settings, wall_ms, wall)
