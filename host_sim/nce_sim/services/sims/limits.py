"""The customer's own monthly limits, which hold for all SIMs of an organisation.

limits.of(organisation_id)                              # {"data": …, "smsMt": …, "smsMo": …}
limits.set(organisation_id, {"data": 2}, work)
limits.options("data")                                  # what may be chosen
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from nce_sim.account.subscription import Subscription
from nce_sim.problems import NotFound
from nce_sim.services.sims.devices import Customer, Devices
from nce_sim.services.sims.quota import unit_of
from nce_sim.services.sims.settings import NO_LIMIT, Options, SimsSettings
from nce_sim.services.sims.tables import SIM_LIMIT
from nce_sim.storage import Storage, Work, upsert

_PUT = upsert(SIM_LIMIT)

DATA, SMS_MT, SMS_MO = "data", "smsMT", "smsMO"
SERVICES = (DATA, SMS_MT, SMS_MO)
_FIELDS = {DATA: "data", SMS_MT: "smsMt", SMS_MO: "smsMo"}  # in bodies
_KINDS = {DATA: "data", SMS_MT: "sms_mt", SMS_MO: "sms_mo"}  # of the account


class Limits:
    """The limits of all organisations, by the numbers of their options."""

    def __init__(
        self, storage: Storage, devices: Devices, customer: Customer, settings: SimsSettings
    ) -> None:
        self._devices = devices
        self._customer = customer
        self._settings = settings
        self._chosen: dict[tuple[int, str], int] = {
            (row.organisation_id, row.service): row.option_id
            for row in storage.read(select(SIM_LIMIT))
        }

    def of(self, organisation_id: int) -> dict[str, Any]:
        """The three limits that are set."""
        return {
            _FIELDS[service]: self._shown(service, self._option(organisation_id, service))
            for service in SERVICES
        }

    def options(self, service: str) -> list[dict[str, Any]]:
        """The limits that may be chosen for "data", "smsMT" or "smsMO"."""
        ids = (NO_LIMIT, *(number for number, _ in self._table(service)))
        return [self._shown(service, number) for number in ids]

    def set(self, organisation_id: int, wanted: Mapping[str, int], work: Work) -> None:
        """Choose options by their numbers; NotFound for a number that no option has."""
        for service, number in wanted.items():
            ids = [NO_LIMIT, *(each for each, _ in self._table(service))]
            if number not in ids:
                raise NotFound(
                    f"there is no limit {number} for {service}; choose one of "
                    f"{', '.join(map(str, ids))}"
                )
        for service, number in wanted.items():
            self._choose(organisation_id, service, number, work)
            for iccid in self._devices.iccids(organisation_id):
                subscription = self._devices.subscription_of(iccid)
                if subscription is not None:
                    self._limit(subscription, service, number, work)

    def apply(self, subscription: Subscription, work: Work) -> None:
        """Give a SIM that is new in its organisation the limits there."""
        for service in SERVICES:
            number = self._option(subscription.organisation_id, service)
            self._limit(subscription, service, number, work)

    def _choose(self, organisation_id: int, service: str, number: int, work: Work) -> None:
        place = (organisation_id, service)
        before = self._option(*place)
        self._chosen[place] = number
        work.on_rollback(lambda: self._chosen.update({place: before}))
        row = {"organisation_id": organisation_id, "service": service, "option_id": number}
        work.write(_PUT, row)

    def _limit(self, subscription: Subscription, service: str, number: int, work: Work) -> None:
        volume = dict(self._table(service)).get(number)
        if volume is not None and service == DATA:
            volume *= unit_of(subscription, "data")
        kind = _KINDS[service]
        if subscription.limits[kind].volume != volume:
            self._customer.set_limit(subscription.sim, kind, volume, work)

    def _option(self, organisation_id: int, service: str) -> int:
        return self._chosen.get((organisation_id, service), NO_LIMIT)

    def _table(self, service: str) -> Options:
        return self._settings.data_limits if service == DATA else self._settings.sms_limits

    def _shown(self, service: str, number: int) -> dict[str, Any]:
        volume = dict(self._table(service)).get(number)
        return {
            "id": number,
            "limit": "No Limit" if volume is None else str(volume),
            "unit": "MB" if service == DATA else "SMS",
        }
