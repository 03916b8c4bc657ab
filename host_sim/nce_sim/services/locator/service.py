"""The Device Locator: every position of a device goes through here, whatever it is known from.

    locator.keep(event, work)                       # a LOCATION event: an Energy Saver position
    locator.moved(sim, {"/6/0/0": 50.94, "/6/0/1": 6.96}, address="10.160.0.1", work=work)
    locator.seen(Sighting(iccid, sampled_ms, "262", "01", 11023, 27447299, "4G"), work)
    locator.positions.listed(organisation_id, iccid)
    locator.geofences.create(organisation_id, "depot", shape, work=work)

A position is kept for a week, goes to the clouds as a LOCATION event, and is evaluated by the
customer's geofences, which tell of ENTER and EXIT by GEOFENCE events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from sqlalchemy import func, select

from nce_sim.problems import Invalid
from nce_sim.services.locator.alerts import (
    CREDITS_USED_UP,
    INVALID_POSITION,
    Alerts,
    Event,
    Whose,
)
from nce_sim.services.locator.cell_events import CellResolver, Sighting, Switches
from nce_sim.services.locator.cell_review import CellReview
from nce_sim.services.locator.crossings import Crossings
from nce_sim.services.locator.geofences import Geofences, Owners
from nce_sim.services.locator.opencellid import read_towers
from nce_sim.services.locator.position import GPS, Position
from nce_sim.services.locator.positions import Positions
from nce_sim.services.locator.settings import LocatorSettings
from nce_sim.services.locator.tables import CELL_EVENT, POSITION
from nce_sim.services.locator.towers import Towers
from nce_sim.services.scheduled import WallMs
from nce_sim.services.settings.service import ADVANCED_CELL_TOWER_LOCATION, GEOFENCING
from nce_sim.sim_card import SimCard
from nce_sim.storage import Storage, Work

# Object 6, Location, as the LwM2M service decodes it (OMA): degrees, and ms since 1970.
LATITUDE, LONGITUDE, TIMESTAMP = "/6/0/0", "/6/0/1", "/6/0/5"


class Locator:
    """Positions of all organisations; `sim_of(iccid)` and `address_of(sim)` know the network."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: WallMs,
        *,
        owners: Owners,
        sim_of: Callable[[str], SimCard | None],
        address_of: Callable[[SimCard], str | None],
        switches: Switches,
        alerts: Alerts,
        positions: Positions,
        cells: CellResolver,
        review: CellReview,
        towers: Towers,
        geofences: Geofences,
        crossings: Crossings,
        settings: LocatorSettings,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._owners = owners
        self._sim_of = sim_of
        self._address_of = address_of
        self._switches = switches
        self._alerts = alerts
        self._settings = settings
        self.positions = positions
        self.cells = cells
        self.review = review
        self.towers = towers
        self.geofences = geofences
        self._crossings = crossings
        # Positions whose events are being published: they have more than an event tells.
        self._own: dict[str, Position] = {}

    # -- where positions come from ---------------------------------------------------------

    def keep(self, event: Event, work: Work) -> None:
        """Take the position of a LOCATION event in the event's work."""
        if event["type"] != "LOCATION":
            return
        iccid = event["device"]["iccid"]
        sim, organisation_id = self._sim_of(iccid), self._owners.organisation_of(iccid)
        if sim is None or organisation_id is None:
            raise ValueError("a LOCATION event of a SIM that belongs to no organisation")
        whose = Whose(organisation_id, sim, event["device"]["ip"])
        position = self._own.get(event["id"]) or _position_of(event)
        if position.is_on_earth:
            self._take(whose, position, work)
        else:
            longitude, latitude = position.texts
            text = f"longitude {longitude}, latitude {latitude} is no place on the earth"
            self._alerts.failed(whose, INVALID_POSITION, text, work)

    def moved(self, sim: SimCard, values: Mapping[str, Any], *, address: str, work: Work) -> bool:
        """Take the position in what a LwM2M device reported, decoded; False when there is none."""
        longitude, latitude = values.get(LONGITUDE), values.get(LATITUDE)
        organisation_id = self._owners.organisation_of(sim.iccid)
        if not (_is_number(longitude) and _is_number(latitude)) or organisation_id is None:
            return False
        now_ms, sampled_ms = self._wall_ms(), values.get(TIMESTAMP)
        oldest_ms = now_ms - self._settings.kept_ms
        newest_ms = now_ms + self._settings.clock_ahead_ms
        if not _is_number(sampled_ms) or not oldest_ms <= sampled_ms <= newest_ms:
            sampled_ms = now_ms
        place = float(longitude), float(latitude)
        position = Position(sim.iccid, *place, int(sampled_ms), GPS)
        self._publish(Whose(organisation_id, sim, address), position, work)
        return True

    def hears(self, iccid: str) -> bool:
        """Whether the cells of a device are asked for: its customer has switched that on."""
        organisation_id = self._owners.organisation_of(iccid)
        return organisation_id is not None and self.cells.is_on(organisation_id)

    def seen(self, sighting: Sighting, work: Work) -> None:
        """Take the cell in which a device opened a session."""
        sim = self._sim_of(sighting.iccid)
        organisation_id = self._owners.organisation_of(sighting.iccid)
        if sim is None or organisation_id is None:
            return  # the SIM left while the write waited
        whose = Whose(organisation_id, sim, self._address_of(sim) or "")
        was_plus = self.cells.is_plus(organisation_id)
        position = self.cells.resolve(organisation_id, sighting, work)
        if was_plus:
            self._tell_used_up(whose, ADVANCED_CELL_TOWER_LOCATION, work)
        if position is not None:
            self._publish(whose, position, work)

    def import_towers(self, path: Path, work: Work) -> int:
        """Keep the towers of a file of OpenCelliD; Invalid with the line that is wrong."""
        try:
            towers = read_towers(path, self._settings.most_towers)
        except OSError as error:
            raise Invalid(f"{path.name!r} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise Invalid(str(error)) from error
        return self.towers.put(towers, work)

    # -- retention -------------------------------------------------------------------------

    def purge(self, work: Work) -> None:
        """Drop expired rows; reading never shows them."""
        oldest_ms = self._wall_ms() - self._settings.kept_ms
        self.positions.purge(oldest_ms, work)
        self.cells.purge(oldest_ms, work)

    def purge_due_ms(self) -> int | None:
        """When the next row expires, in ms since 1970; None when there is none."""
        oldest = [
            self._storage.read(select(func.min(table.c.sampled_ms)))[0][0]
            for table in (POSITION, CELL_EVENT)
        ]
        known = [int(one) for one in oldest if one is not None]
        return min(known) + self._settings.kept_ms + 1 if known else None

    # -- inside ----------------------------------------------------------------------------

    def _publish(self, whose: Whose, position: Position, work: Work) -> None:
        event = self._alerts.location(whose, position)
        self._own[event["id"]] = position
        try:
            self._alerts.publish(event, work)  # and `keep` hears it
        finally:
            del self._own[event["id"]]

    def _take(self, whose: Whose, position: Position, work: Work) -> None:
        self.positions.add(whose.organisation_id, position, work)
        credits = self._switches.credits(whose.organisation_id, GEOFENCING).amount
        crossings = self._crossings.of(whose.organisation_id, position, work)
        for crossing in crossings:
            is_logged = self._settings.crossings_are_logged
            self._alerts.crossed(whose, position, crossing, is_logged, work)
        if credits:
            self._tell_used_up(whose, GEOFENCING, work)

    def _tell_used_up(self, whose: Whose, name: str, work: Work) -> None:
        """Tell of the last credit: there were some before."""
        if not self._switches.credits(whose.organisation_id, name).amount:
            text = f"The credits of {name} are used up; order some to go on"
            self._alerts.failed(whose, CREDITS_USED_UP, text, work)


def _position_of(event: Event) -> Position:
    location = event["location"]
    longitude, latitude = map(float, location["coordinates"])
    return Position(
        event["device"]["iccid"], longitude, latitude, int(event["received"]), location["source"]
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
