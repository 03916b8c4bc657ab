"""The customer's settings of 1NCE OS: on or off, some with credits, one with a disclaimer.

settings = CustomerSettings(storage, wall_ms, OsSettings())
settings.switch(organisation_id, CELL_TOWER_LOCATION, True, has_read_disclaimer=True, work=work)
settings.is_enabled(organisation_id, CELL_TOWER_LOCATION)
settings.add_credits(organisation_id, ADVANCED_CELL_TOWER_LOCATION, 1_000, work=work)
settings.take_credit(organisation_id, GEOFENCING, work=work)       # False: none is left
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sqlalchemy import select

from nce_sim.problems import Invalid
from nce_sim.services.settings.settings import OsSettings
from nce_sim.services.settings.tables import CREDIT, SETTING
from nce_sim.storage import Storage, Work, upsert

CELL_TOWER_LOCATION = "CELL_TOWER_LOCATION"
ADVANCED_CELL_TOWER_LOCATION = "ADVANCED_CELL_TOWER_LOCATION"
LWM2M_PASSIVE_REPORTING = "LWM2M_PASSIVE_REPORTING"
GEOFENCING = "GEOFENCING"

Place: TypeAlias = "tuple[int, str]"
Value = TypeVar("Value")

_PUT = upsert(SETTING)
_PUT_CREDITS = upsert(CREDIT)


@dataclass(frozen=True)
class Kind:
    """A setting that exists: what it says, and the rules for it."""

    name: str
    english: str
    german: str
    has_credits: bool = False
    wants_disclaimer: bool = False
    is_on_at_first: bool = False


# The names and the English text of ADVANCED_CELL_TOWER_LOCATION are 1NCE's [D]. GEOFENCING and the
# other texts are ours [U]: 1NCE shows geofence credits in its settings, but not under which name.
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            CELL_TOWER_LOCATION,
            "Locates devices by the cell towers that they use.",
            "Ortet Geräte anhand der Funkzellen, die sie nutzen.",
            wants_disclaimer=True,
        ),
        Kind(
            ADVANCED_CELL_TOWER_LOCATION,
            "Improves the Cell Tower Location functionality, especially for 3G, 4G and LTE-M.",
            "Verbessert die Ortung durch Funkzellen, vor allem bei 3G, 4G und LTE-M.",
            has_credits=True,
        ),
        Kind(
            GEOFENCING,
            "Tells when devices enter or leave an area.",
            "Meldet, wenn Geräte ein Gebiet betreten oder verlassen.",
            has_credits=True,
            is_on_at_first=True,  # [U] it is the credits that begin it
        ),
        Kind(
            LWM2M_PASSIVE_REPORTING,
            "Reads all objects of a LwM2M device at each registration and update.",
            "Liest alle Objekte eines LwM2M-Geräts bei jeder Registrierung und Aktualisierung.",
        ),
    )
}


@dataclass(frozen=True)
class Credits:
    """What is left of credits, and until when it is valid."""

    amount: int
    expires_ms: int


@dataclass(frozen=True)
class Setting:
    """A setting of an organisation."""

    kind: Kind
    is_enabled: bool
    credits: Credits | None = None


@dataclass(frozen=True)
class SettingPage:
    """A page of settings, and how many pages there are."""

    items: list[Setting]
    page: int
    page_amount: int


class CustomerSettings:
    """The settings of all organisations."""

    def __init__(
        self, storage: Storage, wall_ms: Callable[[], int], settings: OsSettings | None = None
    ) -> None:
        self._wall_ms = wall_ms
        self._settings = settings or OsSettings()
        self._is_enabled: dict[tuple[int, str], bool] = {
            (row.organisation_id, row.name): row.is_enabled
            for row in storage.read(select(SETTING))
        }
        self._credits: dict[tuple[int, str], Credits] = {
            (row.organisation_id, row.name): Credits(row.credits, row.expires_ms)
            for row in storage.read(select(CREDIT))
        }

    # -- settings --------------------------------------------------------------------------

    def is_enabled(self, organisation_id: int, name: str) -> bool:
        """Whether the setting is on."""
        return self._is_enabled.get((organisation_id, name), KINDS[name].is_on_at_first)

    def listed(self, organisation_id: int, *, page: int = 1, page_size: int = 10) -> SettingPage:
        """One page of the settings, in the order of the table above."""
        kinds, start = list(KINDS.values()), (page - 1) * page_size
        items = [
            Setting(
                kind,
                self.is_enabled(organisation_id, kind.name),
                self.credits(organisation_id, kind.name) if kind.has_credits else None,
            )
            for kind in kinds[start : start + page_size]
        ]
        return SettingPage(items, page, max(1, -(-len(kinds) // page_size)))

    def switch(
        self,
        organisation_id: int,
        name: str,
        is_on: bool,
        *,
        has_read_disclaimer: bool = False,
        work: Work,
    ) -> Setting:
        """Switch a setting; Invalid for an unknown one, or without its disclaimer or credits."""
        kind = _kind(name)
        if is_on and kind.wants_disclaimer and not has_read_disclaimer:
            raise Invalid(
                f"{name} is enabled only with its disclaimer: read it, and send "
                "readAndAcceptedDisclaimer true"
            )
        if is_on and kind.has_credits and self.credits(organisation_id, name).amount == 0:
            raise Invalid(f"no credits are left for {name}; order some first")
        place = organisation_id, name
        before = self._is_enabled.get(place)
        work.on_rollback(lambda: _put_back(self._is_enabled, place, before))
        self._is_enabled[place] = is_on
        row = {
            "organisation_id": organisation_id,
            "name": name,
            "is_enabled": is_on,
            "updated_ms": self._wall_ms(),
        }
        work.write(_PUT, row)
        return Setting(kind, is_on)

    # -- credits ---------------------------------------------------------------------------

    def credits(self, organisation_id: int, name: str) -> Credits:
        """The credits that are left and valid."""
        place = organisation_id, name
        held = self._credits.get(place)
        if held is None:
            expires_ms = self._wall_ms() + self._settings.credit_lifetime_ms
            return Credits(self._settings.credits_at_start, expires_ms)
        return held if self._wall_ms() < held.expires_ms else Credits(0, held.expires_ms)

    def add_credits(self, organisation_id: int, name: str, amount: int, *, work: Work) -> Credits:
        """Add credits that were bought; all of them are valid for a lifetime from now."""
        if not _kind(name).has_credits:
            raise Invalid(f"{name} has no credits")
        left = self.credits(organisation_id, name).amount
        expires_ms = self._wall_ms() + self._settings.credit_lifetime_ms
        return self._keep(organisation_id, name, Credits(left + amount, expires_ms), work)

    def take_credit(self, organisation_id: int, name: str, *, work: Work) -> bool:
        """Use one credit; False, and nothing is used, when none is left."""
        held = self.credits(organisation_id, name)
        if held.amount < 1:
            return False
        self._keep(organisation_id, name, Credits(held.amount - 1, held.expires_ms), work)
        return True

    def _keep(self, organisation_id: int, name: str, credits: Credits, work: Work) -> Credits:
        place = organisation_id, name
        before = self._credits.get(place)
        work.on_rollback(lambda: _put_back(self._credits, place, before))
        self._credits[place] = credits
        row = {
            "organisation_id": organisation_id,
            "name": name,
            "credits": credits.amount,
            "expires_ms": credits.expires_ms,
        }
        work.write(_PUT_CREDITS, row)
        return credits


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise Invalid(f"there is no setting {name!r}; choose one of {', '.join(KINDS)}")
    return kind


def _put_back(held: dict[Place, Value], place: Place, value: Value | None) -> None:
    if value is None:
        held.pop(place, None)
    else:
        held[place] = value
